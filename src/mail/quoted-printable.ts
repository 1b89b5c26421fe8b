import type { RenderedMail } from "./mail.ts";

/*
 * Quoted-printable (RFC 2045 6.7) in pieces that can be written one after the other: each begins in the first column, and ends with a
 * line's end or a soft one. So no line is ever longer than 76, and a piece is encoded without looking at those around it.
 */

const SOFT = "=\r\n";
/** Of a line, without the `=` that may stand at its end. */
const LONGEST = 75;

const PLAIN = /^[ -<>-~]*$/;
/** What is written as it is, whatever stands around it. */
const PLAIN_VALUE = /^[!-<>-~](?:[ !-<>-~]{0,70}[!-<>-~])?$/;
/** Runs of what has no place in a line, so that a character of several units is read as one. */
const ODD = /[^ -<>-~]+/g;
/** A space there would not arrive. */
const LAST_SPACE = / $/;

const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`,
);

/** Encodes a text. Its lines may end in any way, and end with CRLF then. */
export function encodeText(text: string): string {
  const lines = text.split(/\r\n?|\n/);
  const last = lines.pop() ?? "";
  const ended = lines.map((line) => `${folded(encodeLine(line).replace(LAST_SPACE, "=20"))}\r\n`).join("");
  return last === "" ? ended : `${ended}${folded(encodeLine(last))}${SOFT}`;
}

/** The same for what is mostly a word or two. */
export function encodeValue(value: string): string {
  if (value === "") return "";
  return PLAIN_VALUE.test(value) ? value + SOFT : encodeText(value);
}

/** The text that was encoded, with its lines ended by LF. */
export function decodeText(encoded: string): string {
  const bytes = encoded
    .replaceAll(SOFT, "")
    .replaceAll("\r\n", "\n")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

function encodeLine(line: string): string {
  if (PLAIN.test(line)) return line;
  return line.replace(ODD, (odd) => (odd === "=" ? "=3D" : Buffer.from(odd).reduce(withByte, "")));
}

function withByte(encoded: string, byte: number): string {
  return encoded + (BYTES[byte] ?? "");
}

function folded(line: string): string {
  if (line.length <= LONGEST) return line;
  const lines: string[] = [];
  let start = 0;
  while (line.length - start > LONGEST) {
    const end = start + LONGEST - cut(line, start + LONGEST);
    lines.push(line.slice(start, end));
    start = end;
  }
  return [...lines, line.slice(start)].join(SOFT);
}

/** How much of an encoded byte stands before a place. */
function cut(line: string, at: number): number {
  if (line[at - 1] === "=") return 1;
  return line[at - 2] === "=" ? 2 : 0;
}

/** The texts of a mail as they go over the wire, in quoted-printable. */
export interface EncodedTexts {
  readonly html?: string;
  readonly text: string;
}

/** Of a mail: how its texts are written, and what they say, where somebody has asked. */
interface Texts {
  readonly encoded: EncodedTexts;
  html?: string;
  text?: string;
}

/**
 * Not in a `WeakMap`, whose values the collector of short-lived objects keeps for longer than their mails. Not enumerable, because a
 * copy of a mail may say something else.
 */
const TEXTS = Symbol("texts");

interface WithTexts {
  readonly [TEXTS]?: Texts;
}

/*
 * One function each for all mails: so all of them are of one shape, and V8 reads them as quickly as others. Own and enumerable, so that
 * a copy of a mail has its texts.
 */
const HTML: PropertyDescriptor & ThisType<WithTexts> = {
  enumerable: true,
  configurable: true,
  get() {
    const texts = this[TEXTS];
    if (texts === undefined) return undefined;
    texts.html ??= decodeText(texts.encoded.html ?? "");
    return texts.html;
  },
};
const TEXT: PropertyDescriptor & ThisType<WithTexts> = {
  enumerable: true,
  configurable: true,
  get() {
    const texts = this[TEXTS];
    if (texts === undefined) return undefined;
    texts.text ??= decodeText(texts.encoded.text);
    return texts.text;
  },
};

/**
 * A mail whose texts are encoded already. They are decoded where somebody reads them.
 * @param mail nobody else has
 */
export function withEncodedTexts(
  mail: Omit<RenderedMail, "html" | "text">,
  encoded: EncodedTexts,
): RenderedMail {
  if (encoded.html !== undefined) Object.defineProperty(mail, "html", HTML);
  Object.defineProperty(mail, "text", TEXT);
  keep(mail, { encoded });
  return mail as RenderedMail;
}

/** What a mail's texts are on the wire, where that is known. */
export function encodedTextsOf(mail: RenderedMail): EncodedTexts | undefined {
  return (mail as WithTexts)[TEXTS]?.encoded;
}

/** The mail says the same as another, in the same words. */
export function keepEncodedTexts(from: RenderedMail, to: RenderedMail): void {
  const texts = (from as WithTexts)[TEXTS];
  if (texts) keep(to, texts);
}

function keep(mail: object, texts: Texts): void {
  Object.defineProperty(mail, TEXTS, { value: texts });
}
