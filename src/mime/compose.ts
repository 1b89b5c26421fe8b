import { createHash } from "node:crypto";
import MailComposer from "nodemailer/lib/mail-composer";
import type { AttachedFile, Calendar } from "../mail/content.ts";
import { withCrlf } from "../mail/line-ends.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { attachmentPart } from "./attachment-part.ts";
import { headerBlock } from "./header-block.ts";
import { textsAsBytes } from "./mime-body.ts";
import { preparedBody, wireBytes } from "./prepared-body.ts";
import type { Signer } from "./signer.ts";

/**
 * A mail as the bytes that go over the wire (RFC 5322, CRLF). The same mail gives the same bytes, so that a second copy of it is
 * one that receivers can tell. Blind copies are in the envelope only.
 * @throws InvalidMailError when a sender or recipient is not exactly one address
 * @throws DkimError when it cannot be signed
 */
export async function compose(
  mail: RenderedMail,
  { dkim }: { readonly dkim?: Signer } = {},
): Promise<Buffer> {
  const head = headerBlock(mail);
  const prepared = preparedBody(mail);
  const message = prepared ? wireBytes(head, prepared) : Buffer.concat([Buffer.from(head), await body(mail)]);
  return dkim ? dkim.sign(message) : message;
}

/** Headers of the body, an empty line, the body. Neither files nor addresses of the web are read for it. */
function body(mail: RenderedMail): Promise<Buffer> | Buffer {
  const message = composerOf(mail).compile();
  return textsAsBytes(message) ?? message.build();
}

function composerOf({ messageId, date, text, html, attachments = [], calendar }: RenderedMail): MailComposer {
  const files = calendar ? [...attachments, invitation(calendar)] : attachments;
  return new MailComposer({
    messageId,
    date,
    text: withCrlf(text),
    ...(html !== undefined && { html: withCrlf(html) }),
    ...(calendar && { alternatives: [calendarPart(calendar)] }),
    attachments: files.map((file) => ({ raw: attachmentPart(file), ...(file.cid && { cid: file.cid }) })),
    newline: "windows",
    disableFileAccess: true,
    disableUrlAccess: true,
    baseBoundary: boundaryOf(messageId),
  });
}

/** What calendars look for (RFC 6047 2.4). */
function calendarPart({ method, content }: Calendar) {
  return { contentType: `text/calendar; charset=utf-8; method=${method}`, content: withCrlf(content) };
}

/** For mail programs that know calendars only as files. */
function invitation({ content, filename = "invite.ics" }: Calendar): AttachedFile {
  return { filename, contentType: "application/ics", content: Buffer.from(content) };
}

function boundaryOf(messageId: string): string {
  return createHash("sha256").update(messageId).digest("hex").slice(0, 16);
}
