import type { Mailbox, RenderedMail } from "../mail/mail.ts";

/** What a mail's headers say, as people read them and not as they go over the wire; blind copies are in no header. */
export function readableHeaders(mail: RenderedMail): Readonly<Record<string, string>> {
  const { messageId, date, from, to, cc, bcc, replyTo, subject, headers } = mail;
  return {
    From: listed([from]),
    To: listed(to),
    ...(cc.length > 0 && { Cc: listed(cc) }),
    ...(bcc.length > 0 && { "Bcc (envelope only)": listed(bcc) }),
    ...(replyTo.length > 0 && { "Reply-To": listed(replyTo) }),
    Subject: subject,
    Date: date.toUTCString(),
    "Message-ID": messageId,
    ...headers,
  };
}

function listed(boxes: readonly Mailbox[]): string {
  return boxes.map(({ name, address }) => (name === "" ? address : `${name} <${address}>`)).join(", ");
}
