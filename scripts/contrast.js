// Evaluated in the page by page.ts, as text. Its value: the texts that stand out from what is behind them by less than WCAG 2.2 AA
// asks for, which is 4.5, or 3 for large text.
(() => {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((value) => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    if (element === null) return "rgb(255, 255, 255)";
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
  };
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  return [...document.body.querySelectorAll("*")].flatMap((element) => {
    const text = [...element.childNodes].find((node) => node.nodeType === 3 && node.nodeValue.trim());
    if (text === undefined || element.closest("[aria-hidden=true], svg")) return [];
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const size = Number.parseFloat(fontSize);
    const isLarge = size >= 24 || (size >= 18.7 && Number(fontWeight) >= 700);
    const contrast = ratio(luminance(color), luminance(behind(element)));
    if (contrast >= (isLarge ? 3 : 4.5)) return [];
    return [`"${text.nodeValue.trim().slice(0, 40)}": ${contrast.toFixed(2)} (${color})`];
  });
})();
