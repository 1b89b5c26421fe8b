import { InvalidMailError } from "../errors/errors.ts";
import { mailbox, mailboxes } from "../mail/addresses.ts";
import type { MailContent } from "../mail/content.ts";
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
