import { describe, expect, it } from "vitest";
import { FingerprintSet } from "../../src/newsletters/fingerprint-set.ts";

const person = (number: number) => `person-${number}@a-rather-long-domain.test`;

describe("a set of fingerprints", () => {
  it("tells who is new, who was planned before, and who was met before", () => {
    const set = new FingerprintSet();
    set.remember("a@x.test");
    set.remember("a@x.test");
    expect(set.meet("a@x.test")).toBe("known");
    expect(set.meet("a@x.test")).toBe("again");
    expect(set.meet("b@x.test")).toBe("new");
    expect(set.meet("b@x.test")).toBe("again");
    set.remember("b@x.test");
    expect(set.meet("b@x.test")).toBe("again");
    expect(set.size).toBe(2);
  });

  it("keeps everybody apart while it grows", () => {
    const set = new FingerprintSet();
    for (let number = 0; number < 100_000; number += 2) set.remember(person(number));
    for (let number = 0; number < 100_000; number++) {
      const meeting = set.meet(person(number));
      const right = number % 2 === 0 ? "known" : "new";
      if (meeting !== right) throw new Error(`${number} is ${meeting}`);
    }
    expect(set.size).toBe(100_000);
    for (let number = 0; number < 100_000; number++)
      if (set.meet(person(number)) !== "again") throw new Error(`${number} is gone`);
  });

  it("takes at most 27 bytes each, and moves a thousandth of them at once", () => {
    const set = new FingerprintSet();
    for (let number = 0; number < 200_000; number++) set.meet(person(number));
    expect(set.bytes / set.size).toBeLessThan(27.5);
    expect(set.largestMove).toBeLessThan(400);
  });
});
