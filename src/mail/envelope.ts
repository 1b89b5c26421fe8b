import { InvalidMailError } from "../errors/errors.ts";
import type { Mailbox, RenderedMail } from "./mail.ts";

/** Who a mail goes from and to as the server is told (RFC 5321 3.3): bare addresses, each once. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * Nothing that a reader of addresses would take for a name, a comment, or the next address; in quotes stands what could be without them,
 * but for its dots.
 */
const ONE_ADDRESS = /^([^\s\p{Cc}@<>()[\]\\,;:"]+|"[^\s\p{Cc}@<>()[\]\\,;:"]+")@[^\s\p{Cc}@<>()[\]\\,;:"]+$/u;

/**
 * The envelope of a mail, narrowed to `recipients` where they are given.
 * @throws InvalidMailError when one of them is not exactly one address
 */
export function envelopeOf(mail: RenderedMail, recipients = recipientsOf(mail)): Envelope {
  return { from: oneAddress(mail.from.address), to: [...new Set(recipients)].map(oneAddress) };
}

/** Everybody a mail is for, blind copies among them, each once. */
export function recipientsOf({ to, cc, bcc }: RenderedMail): readonly string[] {
  const [only] = to;
  if (only && to.length + cc.length + bcc.length === 1) return [only.address];
  return [...new Set([...to, ...cc, ...bcc].map(({ address }) => address))];
}

/**
 * The address as it came. Nodemailer would not refuse two addresses in one string, but send to both.
 * @throws InvalidMailError which never repeats the address
 */
export function oneAddress(address: string): string {
  if (ONE_ADDRESS.test(address)) return address;
  throw new InvalidMailError(
    "A sender or recipient is not exactly one mail address: give { name, address } objects, one for each.",
  );
}

/** Whether the server must know SMTPUTF8 (RFC 6531): letters outside ASCII before an "@". Domains are ASCII long before. */
export function needsUtf8({ from, to, cc, replyTo }: RenderedMail, envelope: Envelope): boolean {
  const inHeaders = [from, ...to, ...cc, ...replyTo].map(({ address }: Mailbox) => address);
  return [...inHeaders, ...envelope.to].some((address) => /[^\p{ASCII}]/u.test(address));
}
