import { decodeHTML } from "entities";
import type { RenderedMail } from "../../mail/mail.ts";
import {
  differencesOfAddresses,
  type ExpectedAddress,
  type ExpectedAddresses,
} from "./expected-addresses.ts";
import { differencesOfAttachments, type ExpectedAttachments } from "./expected-attachments.ts";
import { differencesOfContent, differencesOfText, type ExpectedText } from "./expected-text.ts";
import { show } from "./show.ts";

/** What a mail is to be like; what is not said may be anything. */
export interface ExpectedMail {
  /** Among those it goes to, and so for `cc`, `bcc` and `replyTo`. */
  readonly to?: ExpectedAddresses;
  readonly cc?: ExpectedAddresses;
  readonly bcc?: ExpectedAddresses;
  readonly replyTo?: ExpectedAddresses;
  readonly from?: ExpectedAddress;
  /** All of it, or a pattern that is in it. */
  readonly subject?: ExpectedText;
  /** In the text part. White space of any kind and length is one space. */
  readonly text?: ExpectedText | readonly ExpectedText[];
  /** In the html part, written as there or as it is read: `O'Brien` is found where `O&#x27;Brien` stands. */
  readonly html?: ExpectedText | readonly ExpectedText[];
  /** By their names, in any case. */
  readonly headers?: Readonly<Record<string, ExpectedText>>;
  /** Among its tags. */
  readonly tags?: string | readonly string[];
  readonly metadata?: Readonly<Record<string, ExpectedText>>;
  /** Among its files. */
  readonly attachments?: ExpectedAttachments;
  /** In its invitation. */
  readonly calendar?: ExpectedText;
  /** The language it is in, which may be another than the one asked for. */
  readonly locale?: ExpectedText;
  /** The name of the transport it was made for. */
  readonly transport?: ExpectedText;
}

type Field = keyof ExpectedMail;

type Checks = {
  readonly [F in Field]: (expected: Required<ExpectedMail>[F], mail: RenderedMail) => readonly string[];
};

const CHECKS: Checks = {
  to: (expected, { to }) => differencesOfAddresses(expected, to, "to"),
  cc: (expected, { cc }) => differencesOfAddresses(expected, cc, "cc"),
  bcc: (expected, { bcc }) => differencesOfAddresses(expected, bcc, "bcc"),
  replyTo: (expected, { replyTo }) => differencesOfAddresses(expected, replyTo, "replyTo"),
  from: (expected, { from }) => differencesOfAddresses(expected, [from], "from"),
  subject: (expected, { subject }) => differencesOfText(expected, subject, "subject"),
  text: (expected, { text }) => each(expected).flatMap((part) => differencesOfContent(part, text, "text")),
  html: (expected, { html }) => each(expected).flatMap((part) => differencesOfHtml(part, html)),
  headers: (expected, { headers }) => differencesOfFacts(expected, headers, "header"),
  tags: (expected, { tags = [] }) => differencesOfTags(each(expected), tags),
  metadata: (expected, { metadata = {} }) => differencesOfFacts(expected, metadata, "metadata"),
  attachments: (expected, { attachments = [] }) => differencesOfAttachments(expected, attachments),
  calendar: (expected, { calendar }) => differencesOfContent(expected, calendar?.content, "calendar"),
  locale: (expected, { locale }) => differencesOfText(expected, locale, "locale"),
  transport: (expected, { transport }) => differencesOfText(expected, transport, "transport"),
};

export const MAIL_FIELDS = Object.keys(CHECKS) as readonly Field[];

/** How a mail differs from what is expected of it, one line each. @throws InvalidMailError when an expected address is none */
export function differencesOfMail(expected: ExpectedMail, mail: RenderedMail): readonly string[] {
  return MAIL_FIELDS.flatMap((field) => {
    const wanted = expected[field];
    return wanted === undefined ? [] : differencesOfField(field, wanted, mail);
  });
}

function differencesOfField<F extends Field>(
  field: F,
  expected: Required<ExpectedMail>[F],
  mail: RenderedMail,
): readonly string[] {
  return CHECKS[field](expected, mail);
}

function each<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

function differencesOfHtml(expected: ExpectedText, html: string | undefined): readonly string[] {
  const asWritten = differencesOfContent(expected, html, "html");
  if (asWritten.length === 0 || html === undefined) return asWritten;
  return differencesOfContent(expected, decodeHTML(html), "html");
}

/** Names of headers have no case; those of metadata are read in the same way. */
function differencesOfFacts(
  expected: Readonly<Record<string, ExpectedText>>,
  actual: Readonly<Record<string, string>>,
  path: string,
): readonly string[] {
  const found = new Map(Object.entries(actual).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.entries(expected).flatMap(([name, text]) => {
    const value = found.get(name.toLowerCase());
    const names = Object.keys(actual).join(", ") || "none";
    if (value === undefined) return [`${path} ${name}: is missing; there is ${names}`];
    return differencesOfText(text, value, `${path} ${name}`);
  });
}

function differencesOfTags(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const there = actual.map((tag) => show(tag)).join(", ") || "none";
  return expected
    .filter((tag) => !actual.includes(tag))
    .map((tag) => `tags: ${show(tag)} is missing; there is ${there}`);
}
