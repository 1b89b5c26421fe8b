import { compile, type FormatCallback } from "html-to-text";
import { type HtmlNode, isLayoutTable } from "./layout-tables.ts";
import { isUnseen } from "./unseen.ts";

/** The alternative text of a picture is what it says; where its file lies is of no use to a reader. */
const alternativeText: FormatCallback = (element, _walk, builder) => {
  const text: unknown = element.attribs?.alt;
  if (typeof text === "string") builder.addInline(text.trim());
};

/** A link as it was read: its address as it is written, and its words without the spaces between them. */
export interface Link {
  readonly href: string;
  readonly text: string;
}

/** How a link is shown: with its address, or not where that says nothing more. */
export function formOfLink({ href, text }: Link): string {
  if (href === "" || href.startsWith("#")) return "words";
  const address = addressOf(href);
  const form = address === href ? "link" : "address";
  return address === "" || address === text ? `${form} as words` : form;
}

/** What a reader can use of a link: of one that writes a mail, whom to. */
function addressOf(href: string): string {
  return /^mailto:/i.test(href) ? href.slice("mailto:".length).split("?", 1).join("") : href;
}

/** The links of the text that is being made. Making one is a single synchronous step. */
let read: Link[] = [];

const link: FormatCallback = (element, walk, builder) => {
  const href: string = element.attribs?.href ?? "";
  let text = "";
  builder.pushWordTransform((word) => {
    text += word;
    return word;
  });
  walk(element.children, builder);
  builder.popWordTransform();
  read.push({ href, text });
  const form = formOfLink({ href, text });
  if (form.endsWith("words")) return;
  const address = addressOf(href);
  builder.addInline(text === "" ? address : ` <${address}>`, { noWordTransform: true });
};

/** What is no part of the page. What nobody sees of the rest, `seen` leaves out. */
const UNREAD = ["head", "style", "script", "title", "template", "svg"];

/** Browsers begin a new line for them; here too, so that no two words of a mail run together. */
const LINES =
  "address,caption,center,dd,details,dl,dt,fieldset,figcaption,figure,legend,option,summary,td,th".split(",");

const ON_A_LINE = { leadingLineBreaks: 1, trailingLineBreaks: 1 };

/** Cells of a table of data stand beside each other, those of another one below the other, each on a line. */
const table: FormatCallback = (element, walk, builder, options) => {
  leaveOutUnseenCells(element);
  const format = isLayoutTable(element) ? "block" : "dataTable";
  builtIn[format]?.(element, walk, builder, options);
};

/** The table takes its rows and cells out of the tree by itself. */
function leaveOutUnseenCells(node: HtmlNode): void {
  node.children = node.children?.filter(({ attribs = {} }) => !isUnseen(attribs));
  for (const child of node.children ?? [])
    if (/^(thead|tbody|tfoot|tr)$/.test(child.name ?? "")) leaveOutUnseenCells(child);
}

/** Parsers of browsers nest no deeper either; what is deeper is read as text, because each level is a level of calls. */
const DEEPEST = 500;
let depth = 0;

/** A formatter that leaves out what nobody sees. */
function seen(format: FormatCallback): FormatCallback {
  return (element, walk, builder, options) => {
    if (isUnseen(element.attribs ?? {})) return;
    depth += 1;
    if (depth < DEEPEST) format(element, walk, builder, options);
    else builder.addInline(wordsIn(element));
    depth -= 1;
  };
}

function wordsIn(element: HtmlNode): string {
  let words = "";
  const waiting = [element];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    words += node.data ?? "";
    for (const child of [...(node.children ?? [])].reverse()) waiting.push(child);
  }
  return words;
}

type Formatters = Readonly<Record<string, FormatCallback>>;

/** The formatters that html-to-text has: it hands them to those of others, and exports none. */
function builtInFormatters(): Formatters {
  let formatters: Formatters = {};
  const look: FormatCallback = (_element, _walk, builder) => {
    formatters = { ...builder.options.formatters };
  };
  compile({ formatters: { look }, selectors: [{ selector: "x-look", format: "look" }] })("<x-look></x-look>");
  return formatters;
}

const builtIn = builtInFormatters();
const formatters = Object.fromEntries(
  Object.entries({ ...builtIn, alternativeText, link, table }).map(([name, format]) => [name, seen(format)]),
);

const heading = { format: "heading", options: { uppercase: false } };

const convert = compile({
  wordwrap: false,
  formatters,
  limits: { maxDepth: DEEPEST + 1 },
  selectors: [
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, ...heading })),
    { selector: "a", format: "link" },
    { selector: "img", format: "alternativeText" },
    { selector: "ul", options: { itemPrefix: " - " } },
    { selector: "table", format: "table", options: { uppercaseHeaderCells: false } },
    ...LINES.map((selector) => ({ selector, format: "block", options: ON_A_LINE })),
    ...UNREAD.map((selector) => ({ selector, format: "skip" })),
  ],
});

/** Makes the plain text part of a mail from its rendered html. */
export function textFromHtml(html: string): string {
  return textAndLinks(html).text;
}

/** White space before the end of a line; it is looked for at the beginning of each white space alone, so that much of it takes no longer. */
const AT_LINE_END = /(?<![ \t\u00a0])[ \t\u00a0]+$/gm;

/** The text, and every link as it was read on the way. */
export function textAndLinks(html: string): { readonly text: string; readonly links: readonly Link[] } {
  read = [];
  depth = 0;
  const text = convert(html)
    .replace(AT_LINE_END, "")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|(?<!\n)\n+$/g, "");
  return { text: `${text}\n`, links: read };
}
