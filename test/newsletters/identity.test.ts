import { describe, expect, it } from "vitest";
import { InvalidOptionsError } from "../../src/errors/errors.ts";
import { checkedIdentity, defaultIdentity } from "../../src/newsletters/identity.ts";

describe("who a row is", () => {
  it.each([
    ["Ann@X.test", "ann@x.test"],
    [" ann@x.test ", "ann@x.test"],
    ["jose\u0301@x.test", "jos\u00e9@x.test"],
    ["Ann <Ann@x.test>", "ann@x.test"],
  ])("is the address %j, folded, wherever it stands", (row, identity) => {
    expect(defaultIdentity(row)).toBe(identity);
    expect(defaultIdentity({ email: row })).toBe(identity);
    expect(defaultIdentity({ address: row, name: "x" })).toBe(identity);
    expect(defaultIdentity({ Email: row, name: "x" })).toBe(identity);
    expect(defaultIdentity({ email: { name: "Ann", address: row } })).toBe(identity);
    expect(defaultIdentity({ email: row, address: "1 Main St" })).toBe(identity);
    for (const email of [undefined, null, "", "none", 5])
      expect(defaultIdentity({ email, address: row })).toBe(identity);
  });

  it("is other text as it is, because letters may tell ids apart", () => {
    expect(defaultIdentity("user-aB")).toBe("user-aB");
    expect(defaultIdentity("user-Ab")).toBe("user-Ab");
  });

  it.each([
    [""],
    [" "],
    [{}],
    [{ email: "" }],
    [{ name: "Ann", address: "1 Main St" }],
    [{ name: "Ann", address: "Desk @ 1 Main St" }],
    [{ email: "@x.test" }],
    [{ email: { name: "Ann" } }],
    [null],
    [7],
    [undefined],
  ])("cannot be said of %j", (row) => {
    expect(() => defaultIdentity(row)).toThrow(InvalidOptionsError);
    expect(() => defaultIdentity(row)).toThrow("say { identify: (row) => ... }");
  });

  it.each([
    [undefined, "a value of type undefined"],
    [null, "null"],
    [7, "a value of type number"],
    ["", "an empty text"],
    [Promise.resolve("a"), "a promise"],
    ["x".repeat(1_001), "1001 characters"],
    ["\ud800", "half a character"],
  ])("is not what identify gave: %j", (identity, problem) => {
    expect(() => checkedIdentity(identity)).toThrow(problem);
  });
});
