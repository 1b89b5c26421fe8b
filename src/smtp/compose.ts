import { createHash } from "node:crypto";
import { createTransport } from "nodemailer";
import type { Mailbox, RenderedMail } from "../mail.ts";
import { oneAddress } from "./envelope.ts";

/** Composes only: nothing is sent, and neither files nor addresses of the web are read. */
const composer = createTransport({ streamTransport: true, buffer: true, newline: "windows" });

/**
 * A mail as the bytes that go over the wire (RFC 5322, CRLF). The same mail gives the same bytes, so that a second copy of it is
 * one that receivers can tell. Blind copies are in the envelope only.
 * @throws InvalidMailError when a sender or recipient is not exactly one address
 */
export async function compose(mail: RenderedMail): Promise<Buffer> {
  const { messageId, date, from, to, cc, replyTo, subject, html, text, headers } = mail;
  const { message } = await composer.sendMail({
    messageId,
    date,
    from: checked(from),
    to: to.map(checked),
    ...(cc.length > 0 && { cc: cc.map(checked) }),
    ...(replyTo.length > 0 && { replyTo: replyTo.map(checked) }),
    subject,
    text,
    ...(html !== undefined && { html }),
    headers: { ...headers },
    xMailer: false,
    disableFileAccess: true,
    disableUrlAccess: true,
    // nodemailer's type leaves out what its composer takes.
    ...({ baseBoundary: boundaryOf(messageId) } as object),
  });
  if (!Buffer.isBuffer(message)) throw new Error("nodemailer gave a stream where a buffer was asked for.");
  return message;
}

function checked({ name, address }: Mailbox): { name: string; address: string } {
  return { name, address: oneAddress(address) };
}

function boundaryOf(messageId: string): string {
  return createHash("sha256").update(messageId).digest("hex").slice(0, 16);
}
