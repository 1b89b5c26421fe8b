import { describe, expect, it } from "vitest";
import { verdictOf } from "../../src/delivery/verdict.ts";
import { PermanentFailure, RetryLater } from "../../src/errors/errors.ts";
import type { Outcome } from "../../src/transports/transport.ts";

const outcome = (changes: Partial<Outcome>): Outcome => ({
  class: "sent",
  response: "words",
  accepted: [],
  refused: [],
  ...changes,
});
const verdict = (changes: Partial<Outcome>, unknown: "resend" | "hold" = "resend", accepted: string[] = []) =>
  verdictOf(outcome(changes), { unknown, before: { accepted } });

describe("what becomes of a job", () => {
  it("is done when the mail is sent, whoever was refused for good", () => {
    expect(verdict({ class: "sent", accepted: ["a"] })).toBeUndefined();
    expect(
      verdict({
        class: "sent",
        accepted: ["a"],
        refused: [{ address: "b", class: "rejected", response: "550" }],
      }),
    ).toBeUndefined();
  });

  it("is tried again for those who were put off, and remembers who has it", () => {
    const refused = [{ address: "b", class: "deferred", response: "450" }] as const;
    expect(verdict({ class: "sent", accepted: ["a"], refused }, "resend", ["z"])).toMatchObject({
      counted: true,
      checkpoint: { accepted: ["z", "a"] },
    });
  });

  it("is failed at once when the mail is refused", () => {
    expect(verdict({ class: "rejected" })).toBeInstanceOf(PermanentFailure);
    expect(verdict({ class: "rejected" })).toMatchObject({ reason: "rejected" });
  });

  it.each(["deferred", "lost"] as const)("is tried again with its backoff: %s", (found) => {
    expect(verdict({ class: found })).toMatchObject({ counted: true, delay: undefined, pauseQueue: false });
  });

  it.each(["unreachable", "our-fault", "throttled"] as const)("waits, and spends no attempt: %s", (found) => {
    expect(verdict({ class: found, retryAfter: 7 })).toMatchObject({
      counted: false,
      delay: 7,
      pauseQueue: true,
    });
    expect((verdict({ class: found }) as RetryLater).delay).toBeGreaterThanOrEqual(30_000);
  });

  it("waits alone where only its mail provider may not be sent to", () => {
    expect(verdict({ class: "throttled", provider: "gmail", retryAfter: 7 })).toMatchObject({
      counted: false,
      delay: 7,
      pauseQueue: false,
    });
  });

  it("is not tried again before the time that the server named", () => {
    const refused = [{ address: "b", class: "deferred", response: "450 in 300 s" }] as const;
    const named = { notBefore: 300_000, counted: true, delay: undefined };
    expect(verdict({ class: "deferred", refused, retryAfter: 300_000 })).toMatchObject(named);
    expect(verdict({ class: "sent", accepted: ["a"], refused, retryAfter: 300_000 })).toMatchObject(named);
  });

  it("does not hold up a queue because one recipient is throttled", () => {
    const refused = [{ address: "b", class: "throttled", response: "452 4.2.2 full" }] as const;
    expect(verdict({ class: "throttled", refused })).toMatchObject({ counted: true, pauseQueue: false });
  });

  it("is as the policy says when nobody can tell", () => {
    expect(verdict({ class: "unknown" })).toBeInstanceOf(RetryLater);
    expect(verdict({ class: "unknown" }, "hold")).toMatchObject({ reason: "unknown" });
  });
});
