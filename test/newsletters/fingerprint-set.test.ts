import { describe, expect, it } from "vitest";
import { FingerprintSet } from "../../src/newsletters/fingerprint-set.ts";

describe("a set of fingerprints", () => {
  it("knows what was added, and says whether it was new", () => {
    const set = new FingerprintSet();
    expect(set.add("a@x.test")).toBe(true);
    expect(set.add("a@x.test")).toBe(false);
    expect(set.has("a@x.test")).toBe(true);
    expect(set.has("b@x.test")).toBe(false);
    expect(set.size).toBe(1);
  });

  it("keeps everybody apart while it grows, in few bytes each", () => {
    const set = new FingerprintSet();
    const before = process.memoryUsage().arrayBuffers;
    for (let person = 0; person < 100_000; person++) set.add(`person-${person}@a-rather-long-domain.test`);
    expect(set.size).toBe(100_000);
    for (let person = 0; person < 100_000; person++)
      if (!set.has(`person-${person}@a-rather-long-domain.test`)) throw new Error(`${person} is gone`);
    for (let person = 100_000; person < 110_000; person++)
      if (set.has(`person-${person}@a-rather-long-domain.test`)) throw new Error(`${person} is there`);
    expect((process.memoryUsage().arrayBuffers - before) / 100_000).toBeLessThan(100);
  });
});
