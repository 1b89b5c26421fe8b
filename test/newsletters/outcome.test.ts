import { describe, expect, it } from "vitest";
import {
  addCounts,
  afterCrash,
  announced,
  byteOf,
  countOutcomes,
  isFinal,
  NO_COUNTS,
  OUTCOMES,
  outcomeOf,
  REPORTED_OUTCOMES,
  type RecipientOutcome,
  reopened,
  reportedAs,
} from "../../src/newsletters/outcome.ts";

describe("outcomes of recipients", () => {
  it("keep their numbers, because they are stored", () => {
    expect(OUTCOMES.map(byteOf)).toEqual(Array.from({ length: 18 }, (_, byte) => byte));
    expect([0, 2, 3, 4, 9, 16, 17].map(outcomeOf)).toEqual([
      ...["pending", "sent", "rejected", "deferred", "stopped", "expired", "rehearsed"],
    ]);
  });

  it("of a later version are never sent again", () => {
    expect(outcomeOf(200)).toBe("unknown");
    expect(isFinal(outcomeOf(200))).toBe(true);
  });

  it("are final, but for those still to be sent or tried again", () => {
    expect(OUTCOMES.filter((outcome) => !isFinal(outcome))).toEqual([
      ...["pending", "attempted", "deferred", "crashed-once", "attempted-again", "crashed-twice"],
      ...["attempted-last", "abandoned", "uncertain"],
    ]);
  });

  it("are reported by what they are steps of", () => {
    expect(
      ["attempted-again", "crashed-twice", "abandoned", "uncertain", "sent"].map((outcome) =>
        reportedAs(outcome as RecipientOutcome),
      ),
    ).toEqual(["pending", "pending", "failed", "deferred", "sent"]);
    expect(REPORTED_OUTCOMES).toHaveLength(11);
  });

  it("tell a crash from an end: who was announced is tried again, three times in all", () => {
    const steps: RecipientOutcome[] = ["pending"];
    for (;;) {
      const during = announced(steps.at(-1) ?? "sent");
      const after = afterCrash(during);
      steps.push(during);
      if (after === undefined || after === "too-often") break;
      steps.push(after);
    }
    expect(steps).toEqual([
      ...["pending", "attempted", "crashed-once", "attempted-again", "crashed-twice", "attempted-last"],
    ]);
  });

  it("can be made pending again by what they are reported as", () => {
    const outcomes = Uint8Array.from(["sent", "failed", "abandoned", "rejected"] as const, byteOf);
    const { bytes, count } = reopened(outcomes, ["failed"]);
    expect(Array.from(bytes, outcomeOf)).toEqual(["sent", "pending", "pending", "rejected"]);
    expect(count).toBe(2);
  });

  it("are counted and added up", () => {
    const counts = countOutcomes(Uint8Array.of(0, 2, 2, 7, 250));
    expect(counts).toEqual({ ...NO_COUNTS, pending: 1, sent: 2, invalid: 1, unknown: 1 });
    expect(addCounts(counts, counts).sent).toBe(4);
  });
});
