import { createHash } from "node:crypto";
import MailComposer from "nodemailer/lib/mail-composer";
import type { RenderedMail } from "../mail.ts";
import { headerBlock } from "./header-block.ts";
import type { SendOptions } from "./transport.ts";

/**
 * A mail as the bytes that go over the wire (RFC 5322, CRLF). The same mail gives the same bytes, so that a second copy of it is
 * one that receivers can tell. Blind copies are in the envelope only.
 * @throws InvalidMailError when a sender or recipient is not exactly one address
 * @throws DkimError when it cannot be signed
 */
export async function compose(mail: RenderedMail, { dkim }: Pick<SendOptions, "dkim"> = {}): Promise<Buffer> {
  const head = headerBlock(mail);
  const message = Buffer.concat([Buffer.from(head), await body(mail)]);
  return dkim ? dkim.sign(message) : message;
}

/** Headers of the body, an empty line, the body. Neither files nor addresses of the web are read for it. */
function body({ messageId, date, text, html, attachments = [], calendar }: RenderedMail): Promise<Buffer> {
  const composer = new MailComposer({
    messageId,
    date,
    text,
    ...(html !== undefined && { html }),
    ...(calendar && { icalEvent: { ...calendar } }),
    attachments: attachments.map(({ content, ...file }) => ({ ...file, content: asBuffer(content) })),
    newline: "windows",
    disableFileAccess: true,
    disableUrlAccess: true,
    baseBoundary: boundaryOf(messageId),
  });
  return composer.compile().build();
}

function asBuffer(content: Uint8Array): Buffer {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}

function boundaryOf(messageId: string): string {
  return createHash("sha256").update(messageId).digest("hex").slice(0, 16);
}
