import type { CssNode } from "./css-tree.ts";

/** What only the reader's program can know: where the pointer is, what was clicked, what a user chose. */
const OF_READER = new Set(
  "hover active focus focus-visible focus-within visited target target-within checked".split(" "),
);

/** Parts of an element, which have no style attribute of their own; with one colon or two. */
export const PSEUDO_ELEMENTS: ReadonlySet<string> = new Set(
  "before after first-line first-letter".split(" "),
);

/** What can be told of a mail before it is read. Nobody knows which links were visited, so every link is `:link`. */
export const KNOWN_PSEUDO_CLASSES: ReadonlySet<string> = new Set(
  (
    "first-child last-child only-child first-of-type last-of-type only-of-type nth-child nth-last-child nth-of-type " +
    "nth-last-of-type root empty not is where has link any-link"
  ).split(" "),
);

/** Classes that mail programs put around a mail or into it. */
const CLASSES =
  /^(ExternalClass|ReadMsgBody|im|a6S|aBn|aXjCH|g-img|gmail[\w-]*|Mso[\w-]+|yshortcuts|moz-text-[\w-]+|aolReplacedBody|WordSection1|edo|rps_[\w-]+|applelinks|Singleton)$/;

const IDS = /^(MessageViewBody|MessageWebViewDiv|outlook|yiv[\w-]*|mailContentContainer)$/;

/** Outlook on the web in dark mode, links that Apple makes, and styles that Android writes. */
const ATTRIBUTES = /^(data-og(sc|sb|ac|ab)|x-apple-data-detectors[\w-]*|owa|style)$/;

/** Whether a simple selector asks for what depends on the reader. */
export function isOfReader(node: CssNode): boolean {
  return node.type === "PseudoClassSelector" && OF_READER.has(node.name.toLowerCase());
}

/** Whether a selector may meet what a mail program adds: its rule can only wait for that where it is, in the head. */
export function isOfMailProgram(selector: CssNode, simple: readonly CssNode[]): boolean {
  if (selector.type === "Selector") {
    const [first, second] = selector.children.toArray();
    // Gmail puts the mail behind a <u>.
    const isBehindU = first?.type === "TypeSelector" && first.name.toLowerCase() === "u";
    if (isBehindU && second?.type === "Combinator" && /[+~]/.test(second.name)) return true;
  }
  return simple.some((node) => {
    if (node.type === "ClassSelector") return CLASSES.test(node.name);
    if (node.type === "IdSelector") return IDS.test(node.name);
    if (node.type !== "AttributeSelector") return false;
    const { name } = node.name;
    // Outlook.com writes [class] and [id] anew, with x_ before each name.
    const value = node.value?.type === "String" ? node.value.value : (node.value?.name ?? "");
    return ATTRIBUTES.test(name) || (/^(class|id)$/.test(name) && value.startsWith("x_"));
  });
}
