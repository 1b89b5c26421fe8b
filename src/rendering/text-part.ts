import { compile, type FormatCallback } from "html-to-text";

/** The alternative text of a picture is what it says; where its file lies is of no use to a reader. */
const alternativeText: FormatCallback = (element, _walk, builder) => {
  const text: unknown = element.attribs?.alt;
  if (typeof text === "string") builder.addInline(text.trim());
};

/** The head, and what is there for the eye alone: preheaders, spacers, marks. */
const UNSEEN = ["head", "style", "script", "title", "[aria-hidden=true]"];

const heading = { format: "heading", options: { uppercase: false } };

const convert = compile({
  wordwrap: false,
  formatters: { alternativeText },
  selectors: [
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, ...heading })),
    {
      selector: "a",
      options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: ["<", ">"] },
    },
    { selector: "img", format: "alternativeText" },
    { selector: "ul", options: { itemPrefix: " - " } },
    { selector: "table", format: "dataTable", options: { uppercaseHeaderCells: false } },
    { selector: "table[role=presentation]", format: "block" },
    ...UNSEEN.map((selector) => ({ selector, format: "skip" })),
  ],
});

/** Makes the plain text part of a mail from its rendered html. */
export function textFromHtml(html: string): string {
  const text = convert(html)
    .replace(/[ \t\u00a0]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\n+$/g, "");
  return `${text}\n`;
}
