/** What only the reader's program can know: where the pointer is, what was clicked, what a user chose. */
export const KEPT_PSEUDO_CLASSES: readonly string[] = [
  "hover",
  "active",
  "focus",
  "focus-visible",
  "focus-within",
  "visited",
  "link",
  "target",
  "checked",
];

/** Parts of an element, which have no style attribute of their own. */
const PSEUDO_ELEMENTS: readonly string[] = ["before", "after", "first-line", "first-letter"];

/** What mail programs put around a mail or into it: it can only be styled where it is, in the head. */
const MAIL_PROGRAMS: readonly string[] = [
  // Outlook on the web and its apps, in dark mode
  "[data-ogsc]",
  "[data-ogsb]",
  // Gmail
  "u + ",
  "u ~ ",
  // Samsung's
  "#MessageViewBody",
  "#MessageWebViewDiv",
  // Outlook and Outlook.com of old
  "#outlook",
  ".ExternalClass",
  ".ReadMsgBody",
  // Apple's links on dates and addresses
  "[x-apple-data-detectors",
];

/** As they stand in selectors: juice keeps a rule of which one selector holds one of these. */
export const KEPT_IN_SELECTORS: readonly string[] = [
  "::",
  ...[...KEPT_PSEUDO_CLASSES, ...PSEUDO_ELEMENTS].map((name) => `:${name}`),
  ...MAIL_PROGRAMS,
];

const KEPT = new RegExp(`::|:(${[...KEPT_PSEUDO_CLASSES, ...PSEUDO_ELEMENTS].join("|")})(?![\\w-])`, "i");

/** Whether a selector stays in the head, and is never inlined. */
export function isKept(selector: string): boolean {
  return KEPT.test(selector.replace(/\(.*\)/gs, ""));
}
