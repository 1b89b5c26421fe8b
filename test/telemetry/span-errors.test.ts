import { expect, it } from "vitest";
import { spanText } from "../../src/telemetry/span-errors.ts";

it("hides an address that stands where a long text is cut", () => {
  // From the beginning of the address to its end, the cut falls on each of its characters.
  const address = "ann.secret@example.com";
  for (let before = 2_000 - address.length; before < 2_000; before++) {
    const text = spanText(`${"x".repeat(before - 1)} ${address} is unknown`);
    expect(text).not.toMatch(/ann|secret|example/);
    expect(text.length).toBeLessThanOrEqual(2_000);
  }
});
