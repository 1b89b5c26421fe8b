import type { RenderedMail } from "../mail/mail.ts";
import { encodedTextsOf } from "../mail/quoted-printable.ts";

/** No line of quoted-printable can hold it (RFC 2045 6.7), so it needs not be looked for in the texts, nor be another for each mail. */
const BOUNDARY = "=_delayed-mailer_alternatives";

const TEXT = "Content-Type: text/plain; charset=utf-8\r\n";
const HTML = "Content-Type: text/html; charset=utf-8\r\n";
const ENCODING = "Content-Transfer-Encoding: quoted-printable\r\n";
const MIME = "MIME-Version: 1.0\r\n";
const ALTERNATIVES = `${MIME}Content-Type: multipart/alternative;\r\n boundary="${BOUNDARY}"\r\n\r\n`;
const TEXT_PART = `--${BOUNDARY}\r\n${TEXT}${ENCODING}\r\n`;
const HTML_PART = `\r\n--${BOUNDARY}\r\n${HTML}${ENCODING}\r\n`;
const END = `\r\n--${BOUNDARY}--\r\n`;
const TEXT_ALONE = `${ENCODING}${MIME}${TEXT}\r\n`;

/** Goes as it is, in a line of its own; an odd one came from an odd job, and nodemailer knows what to make of it. */
const PLAIN_ID = /^<[!-;=?-~]{1,200}>$/;

/**
 * What `body` of compose.ts gives, for a mail whose texts are encoded already: headers of the body, an empty line, the body. In pieces,
 * because putting them together first takes as much again.
 * @returns undefined for every other mail
 */
export function preparedBody(mail: RenderedMail): readonly string[] | undefined {
  const { messageId, date, attachments = [], calendar } = mail;
  const encoded = attachments.length > 0 || calendar ? undefined : encodedTextsOf(mail);
  if (encoded === undefined || !PLAIN_ID.test(messageId) || Number.isNaN(date.getTime())) return undefined;
  const { html, text } = encoded;
  const head = `Message-ID: ${messageId}\r\nDate: ${dateLine(date)}\r\n`;
  if (html === undefined) return [head + TEXT_ALONE, text, text.endsWith("=\r\n") ? "\r\n" : ""];
  return [head + ALTERNATIVES + TEXT_PART, text, HTML_PART, html, END];
}

/** Headers may hold addresses with letters outside ASCII (RFC 6531); bodies are ASCII by now. */
export function wireBytes(head: string, [first = "", ...body]: readonly string[]): Buffer {
  const start = head + first;
  if (!/^[\0-\x7f]*$/.test(head)) return Buffer.from(start + body.join(""));
  const pieces = [start, ...body];
  const bytes = room(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) at += bytes.write(piece, at, "latin1");
  return bytes;
}

/** Some dozens of mails. */
const SLAB_BYTES = 256 * 1024;
let slab: Buffer = Buffer.alloc(0);
let used = 0;

/** Bytes for one mail. Mails that are made one after another share memory, because a piece of its own for each costs as much as writing it. */
function room(bytes: number): Buffer {
  if (bytes > SLAB_BYTES / 8) return Buffer.allocUnsafe(bytes);
  if (used + bytes > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    used = 0;
  }
  used += bytes;
  return slab.subarray(used - bytes, used);
}

let written = { time: Number.NaN, line: "" };

/** RFC 5322 3.3. Mails of one newsletter have one date. */
function dateLine(date: Date): string {
  const time = date.getTime();
  if (written.time !== time) written = { time, line: date.toUTCString().replace("GMT", "+0000") };
  return written.line;
}
