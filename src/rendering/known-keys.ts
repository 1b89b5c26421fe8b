import { InvalidMailError } from "../errors/errors.ts";
import type { MailDefaults, MailSpec } from "../mail/mail.ts";
import { unknownKey } from "../mail/unknown-keys.ts";

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
