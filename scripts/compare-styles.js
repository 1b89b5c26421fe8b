// Runs in the browser: shows two pages in frames of one width, and gives what is computed differently for their elements.
async ([before, after, width]) => {
  const show = (html) =>
    new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.style.cssText = `width:${width}px;height:600px;border:0`;
      frame.addEventListener("load", () => resolve(frame), { once: true });
      frame.srcdoc = html;
      document.body.append(frame);
    });
  const frames = [await show(before), await show(after)];
  const [first, second] = frames.map(({ contentDocument }) =>
    [...contentDocument.querySelectorAll("body, body *")].filter(
      (each) => !each.matches("style, script, link, meta, title"),
    ),
  );
  const found = [];
  if (first.length !== second.length) found.push(`${first.length} elements, and ${second.length} afterwards`);
  const styleOf = (element, pseudo) => element.ownerDocument.defaultView.getComputedStyle(element, pseudo);
  const name = (element) =>
    `<${element.localName}${[...element.classList].map((each) => `.${each}`).join("")}>`;
  for (const [index, element] of first.entries())
    for (const pseudo of [undefined, "::before"]) {
      const [one, other] = [styleOf(element, pseudo), second[index] && styleOf(second[index], pseudo)];
      for (const property of one) {
        // Custom properties are filled in; pictures with width and height for Outlook have a ratio too, which their own goes before.
        if (/^(--|aspect-ratio$)/.test(property)) continue;
        const [is, was] = [other?.getPropertyValue(property), one.getPropertyValue(property)];
        if (other && is !== was)
          found.push(`${name(element)}${pseudo ?? ""} ${property}: ${was}, and ${is} afterwards`);
      }
    }
  for (const frame of frames) frame.remove();
  return { elements: first.length, found: found.slice(0, 20), count: found.length };
};
