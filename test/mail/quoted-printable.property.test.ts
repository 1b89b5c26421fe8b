import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeText, encodeText, encodeValue } from "../../src/mail/quoted-printable.ts";

const words = fc.constantFrom(
  ...'a|word|two words|x=y|=3D|=|.|..|From here|é|ü ß|漢字|👋🏽|\u2028|\0|\x7f|\t| |  |\n|\n\n| \n|\t\n|trailing \t|<p class="x">'.split(
    "|",
  ),
);
const text = fc.oneof(
  { weight: 5, arbitrary: fc.array(words, { maxLength: 40 }).map((list) => list.join("")) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(words, fc.nat(3_000)).map(([word, length]) => word.repeat(length / word.length)),
  },
);

const withLf = (given: string) => given.replace(/\r\n?/g, "\n");

/** Byte by byte, as RFC 2045 6.7 says it; refuses what it does not allow. */
function decoded(encoded: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < encoded.length; at++) {
    const next = encoded.slice(at + 1, at + 3);
    if (encoded[at] !== "=") bytes.push(encoded.charCodeAt(at));
    else if (next === "\r\n") at += 2;
    else {
      expect(next).toMatch(/^[0-9A-F]{2}$/);
      bytes.push(Number.parseInt(next, 16));
      at += 2;
    }
  }
  return Buffer.from(bytes).toString();
}

it("is read back as it was, in lines of at most 76 ASCII characters", () => {
  const property = fc.property(text, (given) => {
    const encoded = encodeText(given);
    expect(decoded(encoded)).toBe(withLf(given).replaceAll("\n", "\r\n"));
    expect(decodeText(encoded)).toBe(withLf(given));
    for (const line of encoded.split("\r\n")) expect(line).toMatch(/^([ -~]{0,75}[!-~])?$/);
  });
  fc.assert(property, { numRuns: RUNS });
});

it("is read back as the whole where pieces of it are encoded one by one", () => {
  const piece = fc.record({ text: text.map(withLf), isValue: fc.boolean() });
  const property = fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const encoded = pieces.map(({ text: part, isValue }) => (isValue ? encodeValue(part) : encodeText(part)));
    const whole = pieces.map(({ text: part }) => part).join("");
    expect(decoded(encoded.join(""))).toBe(whole.replaceAll("\n", "\r\n"));
    for (const line of encoded.join("").split("\r\n")) expect(line).toMatch(/^([ -~]{0,75}[!-~])?$/);
  });
  fc.assert(property, { numRuns: RUNS });
});

/** A long hunt sets it higher. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 500);
