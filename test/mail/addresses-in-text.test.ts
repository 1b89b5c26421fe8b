import { describe, expect, it } from "vitest";
import { withoutAddresses } from "../../src/mail/addresses-in-text.ts";

const shown = (text: string) => withoutAddresses(text, "[address]");

describe("addresses in a text", () => {
  it.each([
    ["plain", "550 <ann@example.com> no such user", "550 <[address]> no such user"],
    ["with a quoted local part", '550 <"ann..x"@example.com> no', "550 <[address]> no"],
    ["with a quoted local part that has a space", 'to "ann lee"@example.com', "to [address]"],
    ["after another text in quotes", '"no" for "ann"@example.com', '"no" for [address]'],
    ["escaped as in JSON", '{"to":"\\"ann\\"@example.com"}', '{"to":"\\[address]"}'],
    ["at an IP address", "<ann@[192.0.2.1]> no", "<[address]> no"],
    ["encoded in a URL", "GET https://x.test/?to=ann%40example.com 404", "GET https:[address] 404"],
    ["international", "jörg@exämple.com!", "[address]"],
    ["none", 'a "b" @ c, 5 @ 3', 'a "b" @ c, 5 @ 3'],
  ])("%s", (_, text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  // One that begins anew at every character takes minutes for these.
  it.each(["a", '"', '"a', "%40", "a%4"])("are looked for in one pass: %s", (part) => {
    expect(shown(part.repeat(300_000)).length).toBeGreaterThan(0);
  });
});
