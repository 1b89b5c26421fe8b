import type { Element } from "domhandler";
import type { Written } from "./style-attribute.ts";

interface Meaning {
  readonly property: string;
  readonly elements: ReadonlySet<string>;
  /** What the attribute says for a value; undefined where it has no word for that. */
  readonly say: (value: string, element: string) => string | undefined;
}

const SIZED = new Set(["table", "td", "th", "img"]);
const OF_TABLES = new Set("table th tr td caption colgroup col thead tbody tfoot".split(" "));

const SIZE = /^(\d+(?:\.\d+)?)px$/i;
const SHARE = /^\d+(\.\d+)?%$/;
const RGB = /^rgb\(\s*(\d{1,3})(?:\s*,\s*|\s+)(\d{1,3})(?:\s*,\s*|\s+)(\d{1,3})\s*\)$/i;
const COLOR =
  /^(#[0-9a-f]{3}|#[0-9a-f]{6}|(?!transparent$|inherit$|initial$|unset$|revert$|currentcolor$)[a-z]+)$/i;
const URL_OF = /^url\(\s*(["']?)([^"'()\s]+)\1\s*\)$/i;

function size(value: string, element: string): string | undefined {
  if (value === "auto") return value;
  const [, pixels] = SIZE.exec(value) ?? [];
  return pixels ?? (SHARE.test(value) && element !== "img" ? value : undefined);
}

function color(value: string): string | undefined {
  const channels = RGB.exec(value)?.slice(1).map(Number);
  if (channels?.every((channel) => channel <= 255))
    return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
  return COLOR.test(value) ? value : undefined;
}

/** `align` of a table makes the text after it flow around it, which `text-align` does not. */
function align(value: string, element: string): string | undefined {
  return /^(left|right|center|justify)$/i.test(value) && !/^(table|caption)$/.test(element)
    ? value
    : undefined;
}

function oneOf(words: RegExp) {
  return (value: string) => (words.test(value) ? value : undefined);
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  width: { property: "width", elements: SIZED, say: size },
  height: { property: "height", elements: SIZED, say: size },
  bgcolor: { property: "background-color", elements: OF_TABLES, say: color },
  background: { property: "background-image", elements: OF_TABLES, say: (value) => URL_OF.exec(value)?.[2] },
  align: { property: "text-align", elements: OF_TABLES, say: align },
  valign: { property: "vertical-align", elements: OF_TABLES, say: oneOf(/^(top|middle|bottom|baseline)$/i) },
};

/**
 * Writes styles a second time, as attributes that Outlook for Windows reads, where they mean the same there: `bgcolor="inherit"` is some
 * colour.
 */
export function writeAttributes(element: Element, written: readonly Written[]): void {
  for (const [attribute, { property, elements, say }] of Object.entries(MEANINGS)) {
    if (!elements.has(element.name)) continue;
    const { value } = written.findLast((each) => each.property === property) ?? {};
    const said = value === undefined ? undefined : say(value, element.name);
    if (said !== undefined)
      element.attribs[attribute] = said.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  }
}
