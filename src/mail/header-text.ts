/*
 * Header values as they go over the wire: what a reader of mail makes of them is what was put in. Everything that would be read as
 * something else (control characters, letters outside ASCII, what looks encoded, words too long for a line) is written as encoded
 * words (RFC 2047); everything else stands as it is, for the eye and for providers that read headers without decoding them.
 */

const MAX_LINE = 76;
/** The longest run without a place to fold; with a header's name still below the 998 octets of RFC 5322 2.1.1. */
export const MAX_WORD = 900;
/** `=?UTF-8?B?` and `?=`. */
const WRAPPING = 12;
/** Of an encoded word, so that the first still fits behind the header's name, unless that is absurdly long. */
const MAX_ENCODED = 63;
const MIN_ENCODED = 30;

const PRINTABLE = /^[ -~]*$/;
/** RFC 2047 5 (3): the only characters that may stand for themselves wherever an encoded word may be. */
const PLAIN_IN_Q = /^[\w!*+/-]$/;
const ATOMS = /^\w+( \w+)*$/;

/** A single space, where a line may be broken and read back the same. */
const FOLDING_POINT = /(?<=[^ ]) (?=[^ ])/;

/**
 * Free text, such as a subject, in pieces between which a line may be folded.
 * @param header whose name stands before it
 */
export function textPieces(text: string, header: string): readonly string[] {
  return readsAsItself(text) ? text.split(FOLDING_POINT) : encodedWords(text, header);
}

/** The name of a mailbox, in pieces between which a line may be folded. */
export function phrasePieces(name: string, header: string): readonly string[] {
  if (!readsAsItself(name) || name.includes("  ")) return encodedWords(name, header);
  if (ATOMS.test(name)) return name.split(" ");
  const pieces = `"${name.replace(/["\\]/g, "\\$&")}"`.split(" ");
  return pieces.every((piece) => piece.length <= MAX_WORD) ? pieces : encodedWords(name, header);
}

/** One header, folded; never right after its name, where some readers would take the fold for a space. */
export function headerLine(name: string, [first = "", ...pieces]: readonly string[]): string {
  let line = `${name}: ${first}`;
  const lines: string[] = [];
  for (const piece of pieces) {
    const longer = `${line} ${piece}`;
    if (Buffer.byteLength(longer) <= MAX_LINE) line = longer;
    else {
      lines.push(line);
      line = ` ${piece}`;
    }
  }
  return `${[...lines, line].join("\r\n")}\r\n`;
}

function readsAsItself(text: string): boolean {
  const isTidy = PRINTABLE.test(text) && !text.includes("=?") && text.trim() === text;
  return isTidy && text.split(FOLDING_POINT).every((word) => word.length <= MAX_WORD);
}

function encodedWords(text: string, header: string): readonly string[] {
  const room = Math.min(Math.max(MAX_LINE - `${header}: `.length, MIN_ENCODED), MAX_ENCODED) - WRAPPING;
  const quoted = sumOf(Array.from(text, (character) => quotedPrintable(character).length));
  const base64 = (Buffer.byteLength(text) * 4) / 3;
  return quoted <= base64 ? inQ(text, room) : inB(text, room);
}

function inQ(text: string, room: number): readonly string[] {
  const parts = pack(Array.from(text, quotedPrintable), room, (part) => part.length);
  return parts.map((part) => `=?UTF-8?Q?${part}?=`);
}

function inB(text: string, room: number): readonly string[] {
  const parts = pack(Array.from(text), Math.floor(room / 4) * 3, (part) => Buffer.byteLength(part));
  return parts.map((part) => `=?UTF-8?B?${Buffer.from(part).toString("base64")}?=`);
}

/** Joins characters to parts of at most `max`: none is ever cut in two (RFC 2047 5). */
function pack(
  characters: readonly string[],
  max: number,
  sizeOf: (part: string) => number,
): readonly string[] {
  const parts: string[] = [];
  let part = "";
  let size = 0;
  for (const character of characters) {
    const more = sizeOf(character);
    if (size + more > max) {
      parts.push(part);
      part = "";
      size = 0;
    }
    part += character;
    size += more;
  }
  return [...parts, part];
}

function quotedPrintable(character: string): string {
  if (character === " ") return "_";
  if (PLAIN_IN_Q.test(character) && character !== "_") return character;
  return Array.from(
    Buffer.from(character),
    (byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
