import { describe, expect, it } from "vitest";
import { quarticBackoff } from "../../src/jobs/backoff.ts";

describe("the default backoff", () => {
  it("is attempts^4 + 5 seconds, as delayed_job's (DJX-21)", () => {
    const backoff = quarticBackoff({ jitter: 0 });
    expect([1, 2, 3, 4, 24].map(backoff)).toEqual([6_000, 21_000, 86_000, 261_000, 331_781_000]);
  });

  it("is lengthened by up to a tenth, never shortened", () => {
    expect(quarticBackoff({ random: () => 0 })(1)).toBe(6_000);
    expect(quarticBackoff({ random: () => 1 })(1)).toBeCloseTo(6_600);
  });

  it("can be capped, jitter included", () => {
    expect(quarticBackoff({ cap: 60_000, random: () => 1 })(10)).toBe(60_000);
  });
});
