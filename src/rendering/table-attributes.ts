import type { HtmlElement } from "./html-elements.ts";

/** What each attribute that is made of a style may say, for the programs that read it. */
const MEANINGS: Readonly<Record<string, RegExp>> = {
  width: /^(\d+(\.\d+)?%?|auto)$/,
  height: /^(\d+(\.\d+)?%?|auto)$/,
  bgcolor:
    /^(#[0-9a-f]{3}|#[0-9a-f]{6}|(?!transparent$|inherit$|initial$|unset$|revert$|currentcolor$)[a-z]+)$/i,
  background: /^(?!none$|inherit$|initial$|unset$)[^()\s]+$/i,
  align: /^(left|right|center|justify)$/i,
  valign: /^(top|middle|bottom|baseline)$/i,
};

const WITH_ATTRIBUTES = new Set("table td th tr thead tbody tfoot caption col colgroup img".split(" "));

const RGB = /^rgb\(\s*(\d{1,3})\s*[,\s]\s*(\d{1,3})\s*[,\s]\s*(\d{1,3})\s*\)$/i;

/**
 * juice writes some styles a second time, as attributes that Outlook for Windows reads. Not every style means there what it means in
 * css: `bgcolor="inherit"` is some colour, and `align` of a table makes the text after it flow around it.
 * @returns what takes back, when juice is done, what it should not have written
 */
export function meaningfulAttributes(elements: readonly HtmlElement[]): () => void {
  const before = elements
    .filter(({ name }) => WITH_ATTRIBUTES.has(name.toLowerCase()))
    .map(({ name, attribs }) => ({ name, attribs, given: { ...attribs } }));
  return () => {
    for (const { name, attribs, given } of before)
      for (const [attribute, meaning] of Object.entries(MEANINGS)) {
        const written = attribs[attribute];
        if (written === undefined || written === given[attribute]) continue;
        const value = attribute === "bgcolor" ? asHex(written) : written;
        const isMeant = meaning.test(value) && !(attribute === "align" && /^(table|caption)$/.test(name));
        const kept = isMeant ? value : given[attribute];
        if (kept === undefined) delete attribs[attribute];
        else attribs[attribute] = kept;
      }
  };
}

function asHex(color: string): string {
  const channels = RGB.exec(color)?.slice(1).map(Number);
  if (channels === undefined || channels.some((channel) => channel > 255)) return color;
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
