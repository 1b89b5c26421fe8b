import { describe, expect, it } from "vitest";
import { InvalidOptionsError } from "../../src/errors.ts";
import { defaultIdentity } from "../../src/newsletters/identity.ts";

describe("who a row is", () => {
  it.each([
    ["Ann@X.test", "ann@x.test"],
    [" ann@x.test ", "ann@x.test"],
    ["jose\u0301@x.test", "jos\u00e9@x.test"],
  ])("is the text %j, folded", (row, identity) => {
    expect(defaultIdentity(row)).toBe(identity);
    expect(defaultIdentity({ email: row })).toBe(identity);
    expect(defaultIdentity({ address: row, name: "x" })).toBe(identity);
  });

  it.each([[""], [{}], [{ email: "" }], [{ email: 5, address: "a@x.test" }], [null], [7], [undefined]])(
    "cannot be said of %j",
    (row) => {
      expect(() => defaultIdentity(row)).toThrow(InvalidOptionsError);
      expect(() => defaultIdentity(row)).toThrow("say { identify: (row) => ... }");
    },
  );
});
