import { InvalidMailError } from "../errors/errors.ts";
import { mailbox, mailboxes } from "../mail/addresses.ts";
import { checkedFiles } from "../mail/attachment-label.ts";
import { checkedCalendar } from "../mail/calendar.ts";
import type { MailChanges } from "../mail/callbacks.ts";
import { mergeHeaders } from "../mail/headers.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { keepEncodedTexts } from "../mail/quoted-printable.ts";
import { subjectLine } from "../rendering/mail-head.ts";

/**
 * A mail with changes that callbacks gave, checked as an action's own words are.
 * @throws InvalidMailError when an address, the subject or a header cannot be put on the wire, or nobody is left to send to
 */
export function changedMail(mail: RenderedMail, changes: MailChanges | undefined): RenderedMail {
  if (changes === undefined) return mail;
  refuseOddText(changes);
  const { to, cc, bcc, replyTo, from, headers, subject, attachments, calendar, ...parts } = changes;
  const changed = {
    ...mail,
    ...parts,
    // Not even a caller without types may change what tells a repeated mail.
    messageId: mail.messageId,
    date: mail.date,
    ...(to !== undefined && { to: mailboxes(to, "to") }),
    ...(cc !== undefined && { cc: mailboxes(cc, "cc") }),
    ...(bcc !== undefined && { bcc: mailboxes(bcc, "bcc") }),
    ...(replyTo !== undefined && { replyTo: mailboxes(replyTo, "replyTo") }),
    ...(from !== undefined && { from: mailbox(from, "from") }),
    ...(subject !== undefined && { subject: subjectLine(subject) }),
    ...(attachments !== undefined && { attachments: checkedFiles(attachments) }),
    ...(calendar !== undefined && { calendar: checkedCalendar(calendar) }),
    ...(headers !== undefined && { headers: mergeHeaders(mail.headers, headers) }),
  };
  if (changes.html === undefined && changes.text === undefined) keepEncodedTexts(mail, changed);
  if (changed.to.length + changed.cc.length + changed.bcc.length > 0) return changed;
  throw new InvalidMailError("A callback left the mail without a recipient; throw StopMail to stop it.");
}

/** A caller without types may have anything in hand; what is no text would fail on its way to the wire, and again each time. */
function refuseOddText(changes: MailChanges): void {
  const { html = "", transport = "" } = changes;
  const given = { html, transport, ...("text" in changes && { text: changes.text }) };
  const [odd] = Object.entries(given).find(([, value]) => typeof value !== "string") ?? [];
  if (odd !== undefined) throw new InvalidMailError(`A callback gave \`${odd}\` that is not a text.`);
}
