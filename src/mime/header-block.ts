import { InvalidMailError } from "../errors/errors.ts";
import { oneAddress } from "../mail/addresses.ts";
import { headerLine, phrasePieces, textPieces } from "../mail/header-text.ts";
import type { Mailbox, RenderedMail } from "../mail/mail.ts";
import { isStructured } from "../mail/structured-headers.ts";
import { memoize } from "../memoize.ts";

/** RFC 5322 ftext: printable ASCII but the colon. */
const FIELD_NAME = /^[!-9;-~]+$/;

/**
 * The headers that say who a mail is from and to and what it is about, and the application's own, as they go over the wire. Nodemailer
 * writes those of the body; what it makes of a name or subject is not always read back as it was.
 * @throws InvalidMailError when a sender or recipient is not exactly one address, or a name is none of a header
 */
export function headerBlock({ from, to, cc, replyTo, subject, headers }: RenderedMail): string {
  const own = Object.entries(headers).map(([name, value]) => customLine(name, value));
  return [
    from.name === "" ? addressLine("From", [from]) : fromLine(JSON.stringify(from)),
    addressLine("To", to),
    addressLine("Cc", cc),
    addressLine("Reply-To", replyTo),
    subjectLine(subject),
    ...own,
  ].join("");
}

/** Many mails have the same. */
const subjectLine = memoize((subject) => headerLine("Subject", textPieces(subject, "Subject")));
const fromLine = memoize((mailbox) => addressLine("From", [JSON.parse(mailbox)]));

function addressLine(name: string, boxes: readonly Mailbox[]): string {
  if (boxes.length === 0) return "";
  const pieces = boxes.flatMap((box, index) => {
    const all = mailboxPieces(box, name);
    const isLast = index === boxes.length - 1;
    return isLast ? all : [...all.slice(0, -1), `${all.at(-1)},`];
  });
  return headerLine(name, pieces);
}

function mailboxPieces({ name, address }: Mailbox, header: string): readonly string[] {
  const bare = oneAddress(address);
  return name === "" ? [bare] : [...phrasePieces(name, header), `<${bare}>`];
}

function customLine(name: string, value: string): string {
  if (!FIELD_NAME.test(name))
    throw new InvalidMailError(`${JSON.stringify(name)} is not the name of a header.`);
  const plain = isStructured(name) && /^[ -~]*$/.test(value);
  return headerLine(name, plain ? value.split(" ") : textPieces(value, name));
}
