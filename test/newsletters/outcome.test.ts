import { describe, expect, it } from "vitest";
import {
  addCounts,
  byteOf,
  countOutcomes,
  isFinal,
  NO_COUNTS,
  OUTCOMES,
  outcomeOf,
} from "../../src/newsletters/outcome.ts";

describe("outcomes of recipients", () => {
  it("keep their numbers, because they are stored", () => {
    expect(OUTCOMES.map(byteOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([0, 2, 3, 4, 9].map(outcomeOf)).toEqual(["pending", "sent", "rejected", "deferred", "suppressed"]);
  });

  it("of a later version are never sent again", () => {
    expect(outcomeOf(200)).toBe("unknown");
    expect(isFinal(outcomeOf(200))).toBe(true);
  });

  it("are final, but for those still to be sent or tried again", () => {
    expect(OUTCOMES.filter((outcome) => !isFinal(outcome))).toEqual(["pending", "attempted", "deferred"]);
  });

  it("are counted and added up", () => {
    const counts = countOutcomes(Uint8Array.of(0, 2, 2, 7, 250));
    expect(counts).toEqual({ ...NO_COUNTS, pending: 1, sent: 2, invalid: 1, unknown: 1 });
    expect(addCounts(counts, counts).sent).toBe(4);
  });
});
