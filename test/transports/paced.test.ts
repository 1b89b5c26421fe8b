import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isTooFast, namedDelay, type PaceChange } from "../../src/transports/adaptive-pace.ts";
import { PacedTransport } from "../../src/transports/paced-transport.ts";
import type { Outcome } from "../../src/transports/transport.ts";
import { aMail } from "../support/mails.ts";
import { MemoryTransport } from "../support/memory-transport.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const TOO_FAST = "454 Throttling failure: Maximum sending rate exceeded.";

/** A server that takes so many mails in any second. */
function setup(limit: number, response = TOO_FAST) {
  const memory = new MemoryTransport();
  const taken: number[] = [];
  const send = memory.send.bind(memory);
  let refusals = 0;
  memory.send = async (mail, options) => {
    const now = performance.now();
    if (taken.filter((at) => at > now - 1_000).length >= limit) {
      refusals += 1;
      return { class: "throttled", code: 454, response, accepted: [], refused: [] };
    }
    taken.push(now);
    return send(mail, options);
  };
  const changes: PaceChange[] = [];
  const transport = new PacedTransport(memory, { onPaced: (change) => changes.push(change), sleep });
  return { transport, memory, taken, changes, refusals: () => refusals };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    signal.addEventListener("abort", () => resolve());
  });
}

/** As a worker would: each mail again after the time that its outcome names. */
async function sendAll(transport: PacedTransport, count: number, at = 5): Promise<readonly string[]> {
  const order: string[] = [];
  let next = 0;
  const one = async () => {
    for (let index = next++; index < count; index = next++) {
      const mail = aMail({ messageId: `<${index}@x.test>` });
      for (;;) {
        const outcome = await transport.send(mail);
        if (outcome.class === "sent") break;
        await new Promise((resolve) => setTimeout(resolve, outcome.retryAfter));
      }
      order.push(mail.messageId);
    }
  };
  const all = Promise.all(Array.from({ length: at }, one)).then(() => true);
  let isDone = false;
  void all.then(() => (isDone = true));
  for (let time = 0; time < 10_000 && !isDone; time++) await vi.advanceTimersByTimeAsync(50);
  return order;
}

describe("a transport whose server finds mails too fast", () => {
  it("finds the pace that the server bears", async () => {
    const { transport, memory, taken, refusals } = setup(14);
    await sendAll(transport, 120);
    expect(new Set(memory.sent.map(({ mail }) => mail.messageId)).size).toBe(120);
    expect(memory.sent).toHaveLength(120);
    const seconds = ((taken.at(-1) ?? 0) - (taken[0] ?? 0)) / 1_000;
    expect(seconds).toBeGreaterThan(120 / 14 - 1.1);
    expect(seconds).toBeLessThan(120 / 14 + 8);
    expect(refusals()).toBeLessThan(20);
  });

  it("says so once, whatever becomes of the pace", async () => {
    const { transport, changes } = setup(14);
    await sendAll(transport, 600);
    expect(changes).toEqual([{ pace: expect.any(Number), reason: TOO_FAST }]);
    expect(changes[0]?.pace).toBeGreaterThan(5);
    expect(changes[0]?.pace).toBeLessThan(14);
  });

  it("sends as fast as ever as long as the server says nothing", async () => {
    const { transport, taken, changes } = setup(Number.POSITIVE_INFINITY);
    await sendAll(transport, 100);
    expect(new Set(taken).size).toBe(1);
    expect(changes).toEqual([]);
  });

  it("raises the pace step by step, and forgets it after a long quiet", async () => {
    const { transport, memory, taken } = setup(14);
    await sendAll(transport, 60);
    memory.send = async (mail) => {
      taken.push(performance.now());
      return { class: "sent", response: "250", accepted: [mail.messageId], refused: [] };
    };
    const took = async (count: number) => {
      const start = performance.now();
      await sendAll(transport, count, 1);
      return performance.now() - start;
    };
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await took(60)).toBeLessThan(3_500);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(await took(60)).toBeLessThan(100);
  });

  it("keeps the delay that the server names, without asking again before", async () => {
    const { transport, memory, refusals } = setup(0, "421 4.7.0 slow down, try again in 30 seconds");
    expect((await transport.send(aMail())).retryAfter).toBe(30_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await transport.send(aMail())).toMatchObject({ class: "throttled", retryAfter: 20_000 });
    expect(refusals()).toBe(1);
    await vi.advanceTimersByTimeAsync(20_000);
    await transport.send(aMail());
    expect(refusals()).toBe(2);
    expect(memory.sent).toEqual([]);
  });

  it("is asked ever more seldom while it takes nothing at all", async () => {
    const { transport } = setup(0);
    const rests: (number | undefined)[] = [];
    for (let time = 0; time < 8; time++) {
      const { retryAfter = 0 } = await transport.send(aMail());
      rests.push(retryAfter);
      await vi.advanceTimersByTimeAsync(retryAfter);
    }
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });
});

describe("a reply", () => {
  const outcome = (more: Partial<Outcome>): Outcome => ({
    class: "throttled",
    response: TOO_FAST,
    accepted: [],
    refused: [],
    ...more,
  });
  const refused = (code: number, response: string) =>
    outcome({ response, refused: [{ address: "a@x.test", class: "throttled", code, response }] });

  it.each<[string, Outcome, boolean]>([
    ["to the mail", outcome({}), true],
    ["to every recipient, about the rate", refused(454, TOO_FAST), true],
    ["of a full mailbox", refused(452, "452 4.2.2 mailbox full"), false],
    ["of greylisting", refused(451, "451 4.7.1 greylisted, try again in 300 seconds"), false],
    ["that is our own limit", outcome({ ownLimit: true }), false],
    ["that refuses", outcome({ class: "rejected" }), false],
  ])("%s is about how fast mails come, or not", (_, given, expected) => {
    expect(isTooFast(given)).toBe(expected);
  });

  it.each([
    ["421 try again in 30 seconds", 30_000],
    ["450 4.7.1 wait 2 min", 120_000],
    ["451 4.7.1 Please retry after 5 minutes", 300_000],
    ["421 wait 45s please", 45_000],
    ["452 come back in 9 hours", 3_600_000],
    ["421 4.7.0 too fast", undefined],
    ["421 4.7.0 more than 100 mails in 1 session", undefined],
  ])("names a delay or not: %s", (response, expected) => {
    expect(namedDelay(response)).toBe(expected);
  });
});
