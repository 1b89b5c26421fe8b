import { describe, expect, it } from "vitest";
import { InvalidMailError } from "../../src/errors/errors.ts";
import { oneLine, subjectLine } from "../../src/rendering/mail-head.ts";

describe("subjectLine", () => {
  it("trims and otherwise keeps what was given", () => {
    expect(subjectLine("  O'Brien & Co <1> {{x}} $& 🎉 ")).toBe("O'Brien & Co <1> {{x}} $& 🎉");
  });

  it.each(["", "  ", "a\r\nBcc: evil@e.com", "a\nb", "a\0", "a\u2028b", "a\u001bb"])(
    "refuses %j",
    (subject) => {
      expect(() => subjectLine(subject)).toThrow(InvalidMailError);
    },
  );

  it("refuses what is not a string", () => {
    expect(() => subjectLine({ toString: () => "x" } as unknown as string)).toThrow(InvalidMailError);
  });
});

describe("oneLine", () => {
  it("makes one line of what a template wrote on several, line breaks of its values included", () => {
    expect(oneLine("\n Order 7\r\n  for Ann\r\nBcc: evil@e.com\n")).toBe("Order 7 for Ann Bcc: evil@e.com");
  });

  it("refuses what is left empty", () => {
    expect(() => oneLine(" \n ")).toThrow("The subject is empty.");
  });
});
