import { describe, expect, it } from "vitest";
import { InvalidMailError } from "../../src/errors/errors.ts";
import { mergeHeaders } from "../../src/mail/headers.ts";

describe("mergeHeaders", () => {
  it("lets the mail's header replace its mailer's, however it is spelled", () => {
    expect(mergeHeaders({ "X-Campaign": "a", "X-Team": "t" }, { "x-campaign": "b" })).toEqual({
      "x-campaign": "b",
      "X-Team": "t",
    });
  });

  it("takes values that are not ASCII", () => {
    expect(mergeHeaders({ "X-Note": "Grüße 🎉\tتجربة" })).toEqual({ "X-Note": "Grüße 🎉\tتجربة" });
  });

  it.each(["", "X Y", "X:Y", "X\r\nBcc", "Ünï", "X\0", "X\t", "a".repeat(77)])(
    "refuses the name %j",
    (name) => {
      expect(() => mergeHeaders({ [name]: "v" })).toThrow(InvalidMailError);
    },
  );

  it.each([
    "To",
    "from",
    "CC",
    "Bcc",
    "Reply-To",
    "Subject",
    "Message-ID",
    "Date",
    "MIME-Version",
    "Content-Type",
    "content-transfer-encoding",
    "Received",
    "Return-Path",
    "DKIM-Signature",
    "Resent-To",
  ])("refuses %s, which is made from the mail", (name) => {
    expect(() => mergeHeaders({ [name]: "v" })).toThrow(/cannot be set by hand/);
  });

  it.each(["a\r\nBcc: evil@e.com", "a\nb", "a\rb", "a\0b", "a\u2028b", "\u007f"])(
    "refuses the value %j",
    (value) => {
      expect(() => mergeHeaders({ "X-Note": value })).toThrow(
        /^The header "X-Note" holds (a line break|a NUL|half a character)/,
      );
    },
  );

  it("refuses a value that is not a string, which a mail library might not encode", () => {
    const value = { prepared: true, value: "a\r\nBcc: evil@e.com" } as unknown as string;
    expect(() => mergeHeaders({ "X-Note": value })).toThrow('The header "X-Note" must be a string.');
  });

  it("keeps a header called __proto__ a header", () => {
    const headers = mergeHeaders(JSON.parse('{"__proto__":"x"}'));
    expect(Object.entries(headers)).toEqual([["__proto__", "x"]]);
  });
});
