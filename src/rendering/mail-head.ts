import { InvalidMailError } from "../errors/errors.ts";
import { mailbox, mailboxes } from "../mail/addresses.ts";
import type { MailContent } from "../mail/content.ts";
import { lineFault, unknownKey } from "../mail/field-faults.ts";
import { contentHeaders, mergeHeaders, saysMore } from "../mail/headers.ts";
import type { Address, MailDefaults, MailSpec, RenderedMail } from "../mail/mail.ts";
import { memoize } from "../memoize.ts";

type Head = "from" | "to" | "cc" | "bcc" | "replyTo" | "headers" | "tags" | "metadata";

export type MailHead = Pick<RenderedMail, Head>;

/**
 * Who a mail is from and to, checked: what the mail says goes before what its mailer says.
 * @throws InvalidMailError
 */
export function headOf(spec: MailSpec, defaults: MailDefaults, from: Address | undefined): MailHead {
  const sender = spec.from ?? defaults.from ?? from;
  if (sender === undefined)
    throw new InvalidMailError(
      "The mail has no sender: give `from` in the mailer's defaults(), or set MAIL_FROM.",
    );
  const to = mailboxes(spec.to, "to");
  const cc = mailboxes(spec.cc ?? defaults.cc, "cc");
  const bcc = mailboxes(spec.bcc ?? defaults.bcc, "bcc");
  if (to.length + cc.length + bcc.length === 0)
    throw new InvalidMailError("The mail has no recipient: give at least one address in `to`.");
  const content = contentOf(spec, defaults);
  const head = {
    from: typeof sender === "string" ? senderOf(sender) : mailbox(sender, "from"),
    to,
    cc,
    bcc,
    replyTo: mailboxes(spec.replyTo ?? defaults.replyTo, "replyTo"),
    headers: mergeHeaders(defaults.headers, contentHeaders(content), spec.headers),
  };
  const { tags, metadata } = content;
  if (!tags && !metadata) return head;
  return { ...head, ...(tags && { tags }), ...(metadata && { metadata }) };
}

/** It is the same in all mails of a mailer. */
const senderOf = memoize((sender) => mailbox(sender, "from"));

const NOTHING: MailContent = {};

/** Facts of the list and metadata come together; of everything else the mail's own is taken. */
function contentOf(spec: MailSpec, defaults: MailDefaults): MailContent {
  if (!saysMore(spec) && !saysMore(defaults)) return NOTHING;
  return {
    ...defaults,
    ...spec,
    ...((defaults.list || spec.list) && { list: { ...defaults.list, ...spec.list } }),
    ...((defaults.metadata || spec.metadata) && { metadata: { ...defaults.metadata, ...spec.metadata } }),
  };
}

/**
 * The subject an action gave, trimmed.
 * @throws InvalidMailError when it is empty or holds a line break or control character
 */
export function subjectLine(subject: string): string {
  if (typeof subject !== "string") throw new InvalidMailError("The subject must be a string.");
  const fault = lineFault(subject);
  if (fault !== undefined) throw new InvalidMailError(`The subject holds ${fault}.`);
  if (subject.trim() === "")
    throw new InvalidMailError(
      "The subject is empty. Give this.mail({ subject }) a text, or the subject template one that is never blank.",
    );
  return subject.trim();
}

/** What a subject template gave on however many lines, as one line. @throws InvalidMailError */
export function oneLine(rendered: string): string {
  return subjectLine(rendered.replace(/[\s\u2028\u2029]+/g, " "));
}

/** Every part of a mail, so that the compiler asks for new ones; false where `defaults()` cannot give it. */
const PARTS: Readonly<Record<keyof MailSpec, boolean>> = {
  to: false,
  cc: true,
  bcc: true,
  from: true,
  replyTo: true,
  subject: true,
  html: false,
  text: false,
  inlineCss: true,
  locals: true,
  template: true,
  layout: true,
  locale: true,
  timeZone: true,
  baseUrl: true,
  headers: true,
  transport: true,
  attachments: true,
  calendar: true,
  inReplyTo: true,
  references: true,
  list: true,
  tags: true,
  metadata: true,
  priority: true,
  autoSubmitted: true,
};

const ALL = Object.keys(PARTS);
const GENERAL = Object.entries(PARTS).flatMap(([name, isGeneral]) => (isGeneral ? [name] : []));

/** From nodemailer and other mailers. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  body: "`html` or `text`",
  context: "`locals`",
  data: "`locals`",
  variables: "`locals`",
  icalevent: "`calendar`",
  lang: "`locale`",
  language: "`locale`",
  sender: "`from`",
};

/** @throws InvalidMailError which names what a mail has no part for, and the nearest right name */
export function refuseUnknownParts(spec: MailSpec, defaults: MailDefaults): void {
  const ofMail = unknownKey(spec, { names: ALL, of: "a mail", elsewhere: ELSEWHERE });
  if (ofMail !== undefined) throw new InvalidMailError(`this.mail({ ... }): ${ofMail}`);
  const ofDefaults = unknownKey(defaults, { names: GENERAL, of: "defaults()", elsewhere: ELSEWHERE });
  if (ofDefaults !== undefined) throw new InvalidMailError(`The mailer's defaults(): ${ofDefaults}`);
}
