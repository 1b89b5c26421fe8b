import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidMailError } from "../../src/errors/errors.ts";
import { mailbox, mailboxes } from "../../src/mail/addresses.ts";
import type { Address } from "../../src/mail/mail.ts";

describe("mailbox", () => {
  it.each([
    ["ann@x.test", "", "ann@x.test"],
    ["  ann@x.test ", "", "ann@x.test"],
    ["<ann@x.test>", "", "ann@x.test"],
    ["Ann <ann@x.test>", "Ann", "ann@x.test"],
    ["Ann O'Brien & Co (sales) <ann+tag@x.test>", "Ann O'Brien & Co (sales)", "ann+tag@x.test"],
    ['"Lee, Ann" <ann@x.test>', "Lee, Ann", "ann@x.test"],
    ['"evil@e.com" <ann@x.test>', "evil@e.com", "ann@x.test"],
    ['"<evil@e.com>" <ann@x.test>', "<evil@e.com>", "ann@x.test"],
    ['"Ann \\"Ace\\" Lee" <ann@x.test>', 'Ann "Ace" Lee', "ann@x.test"],
    ["عائشة <a@x.test>", "عائشة", "a@x.test"],
    ["山田 🎉 <a@x.test>", "山田 🎉", "a@x.test"],
    ["root@localhost", "", "root@localhost"],
    ["taro..yamada@docomo.ne.jp", "", '"taro..yamada"@docomo.ne.jp'],
    ["Taro <a.@docomo.ne.jp>", "Taro", '"a."@docomo.ne.jp'],
    ['Taro <".a"@docomo.ne.jp>', "Taro", '".a"@docomo.ne.jp'],
    ['"taro.yamada"@docomo.ne.jp', "", "taro.yamada@docomo.ne.jp"],
  ])("reads %s", (text, name, address) => {
    expect(mailbox(text, "to")).toEqual({ name, address });
  });

  it("takes the name of an object as it is, whatever it looks like", () => {
    const name = 'Lee, Ann <evil@e.com>, "x"';
    expect(mailbox({ name, address: "ann@x.test" }, "to")).toEqual({ name, address: "ann@x.test" });
  });

  it("writes an international domain in ASCII and keeps an international local part", () => {
    expect(mailbox("jürgen@Bücher.example", "to").address).toBe("jürgen@xn--bcher-kva.example");
  });

  it("keeps the case of the local part", () => {
    expect(mailbox("Ann.Lee@X.test", "to").address).toBe("Ann.Lee@x.test");
  });

  const hostile: readonly string[] = [
    "",
    " ",
    "ann",
    "@",
    "@x.test",
    "ann@",
    "ann@@x.test",
    "ann@x@y.test",
    "a@x.test, evil@e.com",
    "a@x.test; evil@e.com",
    "a@x.test evil@e.com",
    "a@x.test,evil@e.com",
    "Ann, evil@e.com <b@e.com>",
    "evil@e.com <b@e.com>",
    "Ann <a@x.test>, Bob <evil@e.com>",
    "Ann <a@x.test> <evil@e.com>",
    "Ann <a@x.test>evil",
    "Ann <<a@x.test>>",
    "Ann <a@x.test",
    "Ann a@x.test>",
    "Ann <>",
    "a>b@x.test",
    "a<b@x.test",
    "group: a@x.test, b@x.test;",
    '"Ann" Lee "<a@x.test>',
    '"Ann <a@x.test>',
    '"a b"@x.test',
    '"a\\"@x.test',
    "a(comment)@x.test",
    "a@x.test(comment)",
    "a b@x.test",
    "a@x .test",
    "a@.x.test",
    "a@x.test.",
    "a@x..test",
    "a@-x.test",
    "a@x-.test",
    "a@x_y.test",
    "a@x.test/evil",
    "a@x.test:25",
    "a@x.test?x",
    "a@x.test#x",
    "a@%65vil.com",
    "a@[127.0.0.1]",
    "a@127.0.0.1",
    "a@0x7f.1",
    "a@2130706433",
    "a@x＠evil.com",
    "a＠x.test",
    "a，b@x.test",
    "a@xn--a.test",
    "a@\u00adx\u00ad.\u00ad",
    "a@x.test\r\nRCPT TO:<evil@e.com>",
    "a@x.test\nBcc: evil@e.com",
    "a\r@x.test",
    "a\0@x.test",
    "a@x.test\0",
    "a\u2028@x.test",
    "a\u202e@x.test",
    "Ann\r\nBcc: evil@e.com <a@x.test>",
    `${"a".repeat(65)}@x.test`,
    `${"ü".repeat(33)}@x.test`,
    `a@${"b".repeat(64)}.test`,
    `a@${"b.".repeat(126)}test`,
    `a@${`${"b".repeat(60)}.`.repeat(4)}test12345`,
    "mailto:a@x.test",
    "a@x.test\\",
  ];
  it.each(hostile)("refuses %j, as a string and as an object, without repeating it", (address) => {
    const values: readonly Address[] = [address, { name: "Ann", address }];
    for (const value of values) {
      expect(() => mailbox(value, "cc[2]")).toThrow(InvalidMailError);
      expect(() => mailbox(value, "cc[2]")).toThrow(
        /^"cc\[2\]" is not one mailbox: its? [^@]*("@"[^@]*)?\. Give one such as "Ann <ann@example\.com>"\.$/,
      );
    }
  });

  it.each([
    { name: "Ann\r\nBcc: evil@e.com", address: "a@x.test" },
    { name: "Ann\0", address: "a@x.test" },
    { name: "Ann", address: "Bob <b@x.test>" },
    { name: "Ann", address: ["a@x.test", "evil@e.com"] },
    { name: ["x"], address: "a@x.test" },
    { address: ["a@x.test"] },
    42,
    null,
  ])("refuses %j from a JavaScript caller", (value) => {
    expect(() => mailbox(value as never, "to")).toThrow(InvalidMailError);
  });

  it.each([
    ["Ann\0", "its name holds a NUL character"],
    ["Ann \ud800", "its name holds half a character (a lone surrogate)"],
    ["Ann\nLee", "its name holds a line break or control character"],
  ])("says what is wrong with the name %j", (name, problem) => {
    expect(() => mailbox({ name, address: "a@x.test" }, "to")).toThrow(problem);
  });

  it("never gives an address that could hold a second one", () => {
    const pieces = fc.constantFrom(...'a.@,;:<>" \r\n\\()[]ü＠0', "a@x.test", "Ann <b@y.test>");
    const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(mailbox(text, "to").address).toMatch(
            /^([^\s@,;:<>"\\()[\]]+|"[^\s@,;:<>"\\()[\]]+")@[a-z0-9.-]+$/,
          );
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidMailError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("takes the longest address there may be and nothing longer", () => {
    const local = "a".repeat(64);
    const domain = `${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(56)}.test`;
    const longest = `${local}@${domain}`;

    expect(longest).toHaveLength(254);
    expect(mailbox(longest, "to").address).toBe(longest);
    expect(() => mailbox(`${local}@d${domain}`, "to")).toThrow(InvalidMailError);
  });
});

describe("mailboxes", () => {
  it("reads none, one and many", () => {
    expect(mailboxes(undefined, "cc")).toEqual([]);
    expect(mailboxes("a@x.test", "cc")).toEqual([{ name: "", address: "a@x.test" }]);
    expect(mailboxes(["a@x.test", { name: "B", address: "b@x.test" }], "cc")).toHaveLength(2);
  });

  it("says which one of a list is wrong", () => {
    expect(() => mailboxes(["a@x.test", "nope"], "bcc")).toThrow('"bcc[1]" is not one mailbox');
  });
});
