import fc from "fast-check";
import { simpleParser } from "mailparser";
import { describe, expect, it } from "vitest";
import { headerLine, phrasePieces, textPieces } from "../../src/mail/header-text.ts";

/** The folded line's text, as RFC 5322 2.2.3 unfolds it. */
const unfolded = (line: string) => line.replace(/\r\n(?=[ \t])/g, "").replace(/\r\n$/, "");
const lineLengths = (line: string) => line.split("\r\n").map((part) => Buffer.byteLength(part));

describe("header text", () => {
  it("leaves readable text readable, and folds it", () => {
    const text = "The quick brown fox jumps over the lazy dog, and does so once more for good measure";
    const line = headerLine("Subject", textPieces(text, "Subject"));
    expect(line.split("\r\n")).toHaveLength(3);
    expect(unfolded(line)).toBe(`Subject: ${text}`);
  });

  it("never folds where two spaces are", () => {
    const text = `${"a".repeat(70)}  ${"b".repeat(70)} c`;
    expect(unfolded(headerLine("Subject", textPieces(text, "Subject")))).toBe(`Subject: ${text}`);
    expect(headerLine("Subject", textPieces(text, "Subject"))).not.toMatch(/ \r\n|\r\n {2}/);
  });

  it("encodes what looks encoded, so that it is read as it was written", () => {
    expect(textPieces("=?utf-8?q?=41?=", "X").join(" ")).toBe("=?UTF-8?B?PT91dGYtOD9xPz00MT89?=");
  });

  it("keeps a long word as it is while a line has room for it, because a provider may read it", () => {
    expect(textPieces("x".repeat(900), "X")).toEqual(["x".repeat(900)]);
    const line = headerLine("X-Token", textPieces("x".repeat(5_000), "X-Token"));
    expect(Math.max(...lineLengths(line))).toBeLessThanOrEqual(76);
  });

  it("puts a name between quotes only where it must", () => {
    expect(phrasePieces("Ann Lee", "To").join(" ")).toBe("Ann Lee");
    expect(phrasePieces('O"Brien \\ <Co>', "To").join(" ")).toBe('"O\\"Brien \\\\ <Co>"');
  });

  it("is read back as it was written, on lines of at most 76 characters where it is encoded", async () => {
    const text = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom(...'ab =?_\t"\\<>,é🎉ש\u0301\u202E'),
          fc.string({ unit: "grapheme", maxLength: 1 }),
        ),
        minLength: 1,
        maxLength: 120,
      })
      .map((value) => value.replace(/[\p{Cc}\p{Z}]/gu, " ").trim())
      .filter((value) => value !== "" && value.isWellFormed());
    await fc.assert(
      fc.asyncProperty(text, text, async (subject, name) => {
        const from = headerLine("From", [...phrasePieces(name, "From"), "<a@x.test>"]);
        const about = headerLine("Subject", textPieces(subject, "Subject"));
        const read = await simpleParser(`${from}${about}\r\n`);
        expect(read.subject).toBe(subject);
        expect(read.from?.value).toEqual([{ name, address: "a@x.test" }]);
        expect(Math.max(...lineLengths(from), ...lineLengths(about))).toBeLessThanOrEqual(200);
      }),
      { numRuns: 300 },
    );
  });
});
