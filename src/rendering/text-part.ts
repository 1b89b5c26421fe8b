import { compile, type FormatCallback } from "html-to-text";

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
  const address = href.replace(/^mailto:/, "");
  const form = address === href ? "link" : "address";
  return address === "" || address === text ? `${form} as words` : form;
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
  const address = href.replace(/^mailto:/, "");
  builder.addInline(text === "" ? address : ` <${address}>`, { noWordTransform: true });
};

/** The head, what is there for the eye alone (preheaders, spacers, marks), and what not even the eye sees. */
const UNSEEN = [
  "head",
  "style",
  "script",
  "title",
  "template",
  "svg",
  "[aria-hidden=true]",
  "[hidden]",
  '[style*="display:none"]',
  '[style*="display: none"]',
];

/** Browsers begin a new line for them; here too, so that no two words of a mail run together. */
const LINES =
  "address,caption,center,dd,details,dl,dt,fieldset,figcaption,figure,legend,option,summary,td,th".split(",");

const ON_A_LINE = { leadingLineBreaks: 1, trailingLineBreaks: 1 };

/** Tables that are no tables of data. Their cells are read one after the other, each on a line. */
const LAYOUT_TABLES = ["table[role=presentation]", "table[role=none]"];

const heading = { format: "heading", options: { uppercase: false } };

const convert = compile({
  wordwrap: false,
  formatters: { alternativeText, link },
  selectors: [
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, ...heading })),
    { selector: "a", format: "link" },
    { selector: "img", format: "alternativeText" },
    { selector: "ul", options: { itemPrefix: " - " } },
    { selector: "table", format: "dataTable", options: { uppercaseHeaderCells: false } },
    ...LAYOUT_TABLES.map((selector) => ({ selector, format: "block" })),
    ...LINES.map((selector) => ({ selector, format: "block", options: ON_A_LINE })),
    ...UNSEEN.map((selector) => ({ selector, format: "skip" })),
  ],
});

/** Makes the plain text part of a mail from its rendered html. */
export function textFromHtml(html: string): string {
  return textAndLinks(html).text;
}

/** The text, and every link as it was read on the way. */
export function textAndLinks(html: string): { readonly text: string; readonly links: readonly Link[] } {
  read = [];
  const text = convert(html)
    .replace(/[ \t\u00a0]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\n+$/g, "");
  return { text: `${text}\n`, links: read };
}
