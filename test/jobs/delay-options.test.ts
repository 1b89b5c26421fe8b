import { describe, expect, it } from "vitest";
import { InvalidOptionsError } from "../../src/errors/errors.ts";
import { durationMs, resolveDelay } from "../../src/jobs/delay-options.ts";

const now = () => Date.parse("2026-01-01T00:00:00Z");
const runAt = (options: object) => resolveDelay("M.a", options, now).runAt?.toISOString();

describe("the options of a delayed call", () => {
  it.each([
    [{ in: "2h" }, "2026-01-01T02:00:00.000Z"],
    [{ in: "30s" }, "2026-01-01T00:00:30.000Z"],
    [{ in: "1.5 days" }, "2026-01-02T12:00:00.000Z"],
    [{ in: "1w" }, "2026-01-08T00:00:00.000Z"],
    [{ in: 1500 }, "2026-01-01T00:00:01.500Z"],
    [{ in: 0 }, "2026-01-01T00:00:00.000Z"],
    [{ at: new Date("2027-05-06T07:08:09Z") }, "2027-05-06T07:08:09.000Z"],
  ])("resolve %j", (options, expected) => {
    expect(runAt(options)).toBe(expected);
  });

  it("leave the time to the store's clock when none is given", () => {
    expect(resolveDelay("M.a", {}, now).runAt).toBeUndefined();
  });

  it("do not change the caller's object (DJ-017)", () => {
    const options = Object.freeze({ in: "2h", queue: "mail" } as const);
    resolveDelay("M.a", options, now);
    expect(options).toEqual({ in: "2h", queue: "mail" });
  });

  it("keep the session itself, not a copy", () => {
    const session = { id: 1, inTransaction: () => true };
    expect(resolveDelay("M.a", { session }, now).session).toBe(session);
  });

  it.each([
    ["an unknown option", { when: 1 }, '"when"'],
    ["no such unit", { in: "2 fortnights" }, "in: must be milliseconds or a text"],
    ["a bare number as text", { in: "20" }, "in: must be"],
    ["a negative delay", { in: -1 }, "in: must be"],
    ["a negative text", { in: "-2h" }, "in: must be"],
    ["not a number", { in: Number.NaN }, "in:"],
    ["both in and at", { in: 1, at: new Date() }, "not both"],
    ["an invalid date", { at: new Date("x") }, "at: must be a valid Date"],
    ["a fractional priority", { priority: 1.5 }, "priority:"],
    ["a priority a database would cut", { priority: 2 ** 40 }, "priority:"],
    ["no attempts", { maxAttempts: 0 }, "maxAttempts:"],
    ["an empty unique key", { uniqueKey: "" }, "uniqueKey:"],
    ["a queue that no flag can name", { queue: "a,b" }, "queue: must be"],
    ["a session that is none", { session: "x" }, "session: must be a mongoose session"],
  ])("are refused with their name: %s", (_, options, message) => {
    expect(() => resolveDelay("UserMailer.welcome", options as never, now)).toThrow(InvalidOptionsError);
    expect(() => resolveDelay("UserMailer.welcome", options as never, now)).toThrow(message);
    expect(() => resolveDelay("UserMailer.welcome", options as never, now)).toThrow("UserMailer.welcome: ");
  });

  it.each([
    [{ queue: "mail\u0000" }, "control characters"],
    [{ queue: "mail\ud800" }, "control characters"],
    [{ uniqueKey: "k\ud800" }, "half of a character"],
    [{ at: new Date(8.64e15) }, "between the years 1 and 9999"],
    [{ expiresAt: new Date(-8.64e15) }, "between the years 1 and 9999"],
  ])("are refused where not every store could keep them: %j", (options, why) => {
    expect(() => resolveDelay("M.a", options, now)).toThrow(why);
  });

  it("are all reported together", () => {
    expect(() => resolveDelay("M.a", { queue: "", priority: 0.5 }, now)).toThrow(/queue.*priority/s);
  });
});

describe("a duration", () => {
  it("is milliseconds or text with a unit", () => {
    expect([durationMs("x", 250), durationMs("x", "250ms"), durationMs("x", "2m")]).toEqual([
      250, 250, 120_000,
    ]);
  });
});
