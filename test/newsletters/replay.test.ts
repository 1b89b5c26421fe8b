import { describe, expect, it } from "vitest";
import type { UnknownPolicy } from "../../src/delivery/verdict.ts";
import type { Mark } from "../../src/newsletters/journal/journal-format.ts";
import type { LeftJournal } from "../../src/newsletters/journal/journals.ts";
import { byteOf, outcomeOf, type RecipientOutcome } from "../../src/newsletters/outcome.ts";
import { apply, type Replay, replay } from "../../src/newsletters/replay.ts";

const DOT: Mark = { kind: "dot" };
const reply = (outcome: RecipientOutcome, code = 250): Mark => ({
  kind: "reply",
  outcome: byteOf(outcome),
  code,
});

function journalOf(marks: Readonly<Record<number, Mark>>, changes: Partial<LeftJournal> = {}): LeftJournal {
  return {
    path: "/j",
    header: { chunk: "b:000000", token: "t", worker: "host:1", pid: 1, boot: "boot" },
    marks: new Map(Object.entries(marks).map(([index, mark]) => [Number(index), mark])),
    hasGaps: false,
    isWhole: true,
    ...changes,
  };
}

function outcomesAfter(
  before: readonly RecipientOutcome[],
  journals: readonly LeftJournal[],
  options: Partial<Replay> = {},
) {
  const outcomes = Uint8Array.from(before, byteOf);
  const findings = replay({ outcomes, previous: "t", journals, unknown: "resend", ...options });
  const notes = apply(findings.changes, outcomes);
  const after = Array.from(outcomes, outcomeOf);
  return { ...findings, notes, after };
}

describe("what a worker that is gone left in its journal", () => {
  it("is the outcome where an answer was read", () => {
    const left = journalOf({ 0: reply("sent"), 1: reply("rejected", 550), 2: reply("deferred", 451) });
    const { after, answered, unanswered, notes } = outcomesAfter(["pending", "pending", "pending"], [left]);
    expect(after).toEqual(["sent", "rejected", "deferred"]);
    expect([answered, unanswered]).toEqual([3, 0]);
    expect(notes).toEqual([
      { index: 0, outcome: "sent", code: 250, response: expect.stringContaining("250") },
      { index: 1, outcome: "rejected", code: 550, response: expect.stringContaining("550") },
    ]);
  });

  it("shows on whom it may have died, so that nobody else is suspected", () => {
    const left = journalOf({ 0: reply("sent"), 1: { kind: "begun" }, 2: { kind: "begun" } });
    const { after, knowsSuspects } = outcomesAfter(["pending", "pending", "attempted", "pending"], [left]);
    expect(after).toEqual(["sent", "crashed-once", "crashed-once", "pending"]);
    expect(knowsSuspects).toBe(true);
    expect(outcomesAfter(["pending"], [journalOf({}, { isWhole: false })]).knowsSuspects).toBe(false);
    expect(outcomesAfter(["pending"], []).knowsSuspects).toBe(false);
  });

  it("is for the policy to judge where only the dot is known", () => {
    const left = journalOf({ 0: DOT });
    expect(outcomesAfter(["pending", "pending"], [left])).toMatchObject({
      after: ["uncertain", "pending"],
      unanswered: 1,
    });
    expect(outcomesAfter(["pending", "pending"], [left], { unknown: "hold" }).after).toEqual([
      "unknown",
      "pending",
    ]);
  });

  it("shows that an announced mail was not sent, which is then sent also where others are held", () => {
    const before: RecipientOutcome[] = ["attempted", "attempted", "attempted"];
    const left = journalOf({ 0: reply("sent"), 1: DOT });
    const held = ["sent", "unknown", "pending"];
    expect(outcomesAfter(before, [left], { unknown: "hold" }).after).toEqual(held);
    const begun = journalOf({ 0: reply("sent"), 1: DOT, 2: { kind: "begun" } });
    const after = ["sent", "unknown", "crashed-once"];
    expect(outcomesAfter(before, [begun], { unknown: "hold" }).after).toEqual(after);
  });

  it("holds nothing against who was announced and not begun", () => {
    const before: RecipientOutcome[] = ["attempted", "attempted-again", "attempted-last", "sent"];
    const { after } = outcomesAfter(before, [journalOf({ 3: reply("sent") })]);
    expect(after).toEqual(["uncertain", "crashed-once", "crashed-twice", "sent"]);
  });

  it.each([
    ["it is not whole", journalOf({ 0: reply("sent") }, { isWhole: false })],
    ["its transport marks nothing", journalOf({ 1: { kind: "begun" } })],
    [
      "it is of another attempt",
      journalOf({ 0: reply("sent") }, { header: { ...journalOf({}).header, token: "u" } }),
    ],
  ])("shows nothing by what is not in it when %s", (_, left) => {
    const { after } = outcomesAfter(["sent", "attempted"], [left], { unknown: "hold" });
    expect(after).toEqual(["sent", "unknown"]);
  });

  it("leaves out on whom the process died three times, and tells whether he may have it", () => {
    const sent = outcomesAfter(
      ["attempted-last", "sent"],
      [journalOf({ 0: { kind: "begun" }, 1: reply("sent") })],
    );
    expect(sent.after).toEqual(["failed", "sent"]);
    expect(sent.notes[0]?.response).toMatch(/died 3 times .*; it was not sent$/);
    const unknown = outcomesAfter(["attempted-last", "sent"], [journalOf({ 0: DOT })]);
    expect(unknown.after).toEqual(["unknown", "sent"]);
  });

  it("gives another chance to whom the journal shows in hand and no more, until workers die six times in a row", () => {
    const left = journalOf({ 0: { kind: "begun" }, 1: reply("sent") });
    const became = (crashes: number, unknown: UnknownPolicy, journal = left) =>
      outcomesAfter(["attempted-last", "sent"], [journal], { crashes, unknown }).after[0];
    expect([became(5, "resend"), became(6, "resend")]).toEqual(["crashed-twice", "failed"]);
    expect([became(5, "hold"), became(6, "hold")]).toEqual(["crashed-twice", "failed"]);
    // The dot may have left.
    expect(became(5, "resend", journalOf({ 0: DOT }))).toBe("unknown");
    // Whether a dot left is not known.
    const silent = journalOf({ 0: { kind: "begun" } });
    expect([became(5, "resend", silent), became(5, "hold", silent)]).toEqual(["crashed-twice", "unknown"]);
  });

  it("counts, where others had the chunk since, only as far as mails were taken", () => {
    const marks = { 0: reply("sent"), 1: reply("rejected", 550), 2: DOT };
    const { after } = outcomesAfter(["pending", "pending", "pending"], [journalOf(marks)], {
      previous: "another",
    });
    expect(after).toEqual(["sent", "pending", "pending"]);
  });

  it("changes no final outcome, and is told of where it says otherwise", () => {
    const { after, contradicted } = outcomesAfter(
      ["sent", "unknown"],
      [journalOf({ 0: reply("sent"), 1: reply("sent") })],
    );
    expect(after).toEqual(["sent", "unknown"]);
    expect(contradicted).toBe(1);
  });
});
