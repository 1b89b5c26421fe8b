import { describe, expect, it } from "vitest";
import type { Outcome } from "../../src/smtp/transport.ts";
import { type BreakerChange, CircuitBreaker } from "../../src/transports/breaker.ts";
import { aMail } from "../support/mails.ts";
import { MemoryTransport } from "../support/memory-transport.ts";

function setup() {
  const clock = { now: 1_000_000 };
  const changes: BreakerChange[] = [];
  const transport = new MemoryTransport();
  const breaker = new CircuitBreaker(transport, {
    onChange: (change) => changes.push(change),
    now: () => clock.now,
    random: () => 0,
  });
  const send = () => breaker.send(aMail());
  return { clock, changes, transport, send };
}

/** A transport whose sends end when the test says so, in any order. */
function setupByHand() {
  const { clock, changes, transport, send } = setup();
  const ends: ((outcome: Partial<Outcome>) => void)[] = [];
  transport.send = () =>
    new Promise((resolve) => {
      ends.push((outcome) =>
        resolve({ class: "sent", response: "x", accepted: [], refused: [], ...outcome }),
      );
    });
  return { clock, changes, send, ends };
}

describe("the circuit breaker", () => {
  it("leaves a transport alone that cannot be reached, and says for how long", async () => {
    const { transport, changes, send } = setup();
    transport.script.push({ class: "unreachable", response: "connect ECONNREFUSED" });
    expect(await send()).toMatchObject({ class: "unreachable", retryAfter: 1_000 });
    expect(await send()).toMatchObject({ class: "unreachable", response: "connect ECONNREFUSED" });
    expect(transport.sent).toEqual([]);
    expect(changes).toEqual([{ transport: "memory", open: true, reason: "connect ECONNREFUSED", ms: 1_000 }]);
  });

  it("tries one mail when the time is over, and closes when it is sent", async () => {
    const { clock, transport, changes, send } = setup();
    transport.script.push({ class: "unreachable" });
    await send();
    clock.now += 1_000;
    const both = await Promise.all([send(), send()]);
    expect(both.map(({ class: found }) => found)).toEqual(["sent", "unreachable"]);
    expect((await send()).class).toBe("sent");
    expect(changes.map(({ open }) => open)).toEqual([true, false]);
  });

  it("does not take our own limit for a sign that the server works again", async () => {
    const { clock, transport, changes, send } = setup();
    transport.script.push({ class: "unreachable" }, { class: "throttled", ownLimit: true });
    await send();
    clock.now += 1_000;
    expect((await send()).class).toBe("throttled");
    expect(changes.map(({ open }) => open)).toEqual([true]);
  });

  it.each([
    ["unreachable", 1_000, 60_000],
    ["our-fault", 30_000, 300_000],
  ] as const)("rests ever longer while it stays %s, up to a limit", async (found, first, longest) => {
    const { clock, transport, changes, send } = setup();
    for (let time = 0; time < 10; time++) {
      transport.script.push({ class: found });
      await send();
      clock.now += changes.at(-1)?.ms ?? 0;
    }
    const rests = changes.map(({ ms }) => ms);
    expect(rests.slice(0, 3)).toEqual([first, first * 2, first * 4]);
    expect(rests.at(-1)).toBe(longest);
  });

  it("takes sends that fail together for one failure", async () => {
    const { transport, changes, send } = setup();
    for (let time = 0; time < 5; time++) transport.script.push({ class: "unreachable" });
    await Promise.all(Array.from({ length: 5 }, send));
    expect(changes).toHaveLength(1);
  });

  it("does not count a failure of a send that began before it opened", async () => {
    const { clock, changes, send, ends } = setupByHand();
    const sending = [send(), send()];
    ends[0]?.({ class: "unreachable" });
    await sending[0];
    clock.now += 5_000;
    ends[1]?.({ class: "unreachable" });
    expect(await sending[1]).toMatchObject({ class: "unreachable", retryAfter: 1_000 });
    expect(changes.map(({ ms }) => ms)).toEqual([1_000]);
  });

  it("lets no second try through when an older send ends during the first", async () => {
    const { clock, send, ends } = setupByHand();
    const sending = [send(), send()];
    ends[0]?.({ class: "unreachable" });
    await sending[0];
    clock.now += 1_000;
    const trying = send();
    ends[1]?.({ class: "lost" });
    await sending[1];
    expect((await send()).class).toBe("unreachable");
    expect(ends).toHaveLength(3);
    ends[2]?.({ class: "sent" });
    expect((await trying).class).toBe("sent");
  });

  it("tries the next mail when the try was lost without telling anything", async () => {
    const { clock, transport, send } = setup();
    transport.script.push({ class: "unreachable" }, { class: "lost" });
    await send();
    clock.now += 1_000;
    expect((await send()).class).toBe("lost");
    expect((await send()).class).toBe("sent");
  });

  it.each(["rejected", "deferred", "throttled", "lost", "unknown"] as const)(
    "does not mind a mail that is %s",
    async (found) => {
      const { transport, changes, send } = setup();
      transport.script.push({ class: found });
      expect((await send()).class).toBe(found);
      expect((await send()).class).toBe("sent");
      expect(changes).toEqual([]);
    },
  );
});
