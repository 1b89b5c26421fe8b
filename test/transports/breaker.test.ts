import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type BreakerChange, CircuitBreaker } from "../../src/transports/breaker.ts";
import type { Outcome, SendOptions } from "../../src/transports/transport.ts";
import { aMail } from "../support/mails.ts";
import { MemoryTransport } from "../support/memory-transport.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A transport whose probes find what `isUp` says. */
function setup() {
  const changes: BreakerChange[] = [];
  const transport = new MemoryTransport();
  const server = { isUp: false, probes: 0 };
  transport.verify = async () => {
    server.probes += 1;
    if (!server.isUp) throw new Error("still down");
  };
  const breaker = new CircuitBreaker(transport, {
    onChange: (change) => changes.push(change),
    random: () => 0,
  });
  const send = (options?: SendOptions) => breaker.send(aMail(), options);
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  return { changes, transport, breaker, server, send, pass };
}

/** A transport whose sends end when the test says so, in any order. */
function setupByHand() {
  const given = setup();
  const ends: ((outcome: Partial<Outcome>) => void)[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  given.transport.send = (_mail, { signal } = {}) =>
    new Promise((resolve) => {
      signals.push(signal);
      ends.push((outcome) =>
        resolve({ class: "sent", response: "x", accepted: [], refused: [], ...outcome }),
      );
    });
  return { ...given, ends, signals };
}

/** Whose `verify()` always finds everything in order, though its mails fail. */
async function setupWithoutVerify() {
  const given = setupByHand();
  const { server, send, ends, pass } = given;
  server.isUp = true;
  const failing = send();
  ends[0]?.({ class: "our-fault", response: "550 5.7.26 SPF" });
  await failing;
  await pass(30_000);
  const again = send();
  ends[1]?.({ class: "our-fault", response: "550 5.7.26 SPF" });
  await again;
  await pass(60_000);
  return given;
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

  it("asks by itself when the time is over, and closes when it hears that all is well", async () => {
    const { transport, changes, server, send, pass } = setup();
    transport.script.push({ class: "unreachable" });
    await send();
    server.isUp = true;
    await pass(999);
    expect(server.probes).toBe(0);
    await pass(1);
    expect(server.probes).toBe(1);
    expect(changes.map(({ open }) => open)).toEqual([true, false]);
    const all = await Promise.all([send(), send(), send()]);
    expect(all.map(({ class: found }) => found)).toEqual(["sent", "sent", "sent"]);
  });

  it("lets mails that come during its probe wait for it", async () => {
    const { transport, server, send, pass } = setup();
    transport.script.push({ class: "unreachable" });
    await send();
    let answer = () => {};
    transport.verify = () => new Promise((resolve) => (answer = resolve));
    await pass(1_000);
    const sending = send();
    answer();
    expect((await sending).class).toBe("sent");
    expect(server.probes).toBe(0);
  });

  it("lets them wait for a second at most, and never asks twice at once", async () => {
    const { transport, send, pass } = setup();
    transport.script.push({ class: "unreachable" });
    await send();
    let probes = 0;
    transport.verify = () => {
      probes += 1;
      return new Promise(() => undefined);
    };
    await pass(1_000);
    for (let time = 0; time < 3; time++) {
      const both = Promise.all([send(), send()]);
      await pass(1_000);
      for (const outcome of await both)
        expect(outcome).toMatchObject({ class: "unreachable", retryAfter: 1_000 });
    }
    expect(probes).toBe(1);
    expect(transport.sent).toEqual([]);
  });

  it("closes though every sender breaks off what it waits for", async () => {
    const { transport, changes, server, send, pass } = setup();
    transport.script.push({ class: "unreachable" });
    await send();
    server.isUp = true;
    const controller = new AbortController();
    const sending = [send({ signal: controller.signal }), send({ signal: controller.signal })];
    controller.abort();
    await Promise.all(sending);
    await pass(1_000);
    expect(changes.map(({ open }) => open)).toEqual([true, false]);
  });

  it("ends its timer and its probe when it is closed", async () => {
    const { transport, breaker, server, send, pass } = setup();
    transport.script.push({ class: "unreachable" }, { class: "unreachable" });
    await send();
    let asked: AbortSignal | undefined;
    transport.verify = async (options?: { signal?: AbortSignal }) => {
      asked = options?.signal;
      await new Promise((resolve) => asked?.addEventListener("abort", resolve));
      throw new Error("broken off");
    };
    await pass(1_000);
    await breaker.close();
    expect(asked?.aborted).toBe(true);
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
    await pass(600_000);
    expect(server.probes).toBe(0);
  });

  it("does not take our own limit for a sign that the server works again", async () => {
    const { changes, send, ends } = setupByHand();
    const sending = [send(), send()];
    ends[0]?.({ class: "unreachable" });
    await sending[0];
    ends[1]?.({ class: "throttled", ownLimit: true });
    expect((await sending[1])?.class).toBe("throttled");
    expect(changes.map(({ open }) => open)).toEqual([true]);
  });

  it.each([
    ["unreachable", 1_000, 60_000],
    ["our-fault", 30_000, 300_000],
  ] as const)("rests ever longer while it stays %s, up to a limit", async (found, first, longest) => {
    const { transport, changes, send, pass } = setup();
    transport.script.push({ class: found });
    await send();
    for (let time = 0; time < 9; time++) await pass(changes.at(-1)?.ms ?? 0);
    const rests = changes.map(({ ms }) => ms);
    expect(rests).toHaveLength(10);
    expect(rests.slice(0, 3)).toEqual([first, first * 2, first * 4]);
    expect(rests.at(-1)).toBe(longest);
    expect(changes.at(-1)?.reason).toBe("still down");
  });

  it("takes sends that fail together for one failure", async () => {
    const { transport, changes, send } = setup();
    for (let time = 0; time < 5; time++) transport.script.push({ class: "unreachable" });
    await Promise.all(Array.from({ length: 5 }, () => send()));
    expect(changes).toHaveLength(1);
  });

  it("does not count a failure of a send that began before it opened", async () => {
    const { changes, send, ends, pass } = setupByHand();
    const sending = [send(), send()];
    ends[0]?.({ class: "unreachable" });
    await sending[0];
    await pass(500);
    ends[1]?.({ class: "unreachable" });
    expect(await sending[1]).toMatchObject({ class: "unreachable", retryAfter: 1_000 });
    expect(changes.map(({ ms }) => ms)).toEqual([1_000]);
  });

  it("closes when a mail that was on its way is answered", async () => {
    const { changes, server, send, ends, pass } = setupByHand();
    const sending = [send(), send()];
    ends[0]?.({ class: "unreachable" });
    await sending[0];
    ends[1]?.({ class: "deferred" });
    await sending[1];
    expect(changes.map(({ open }) => open)).toEqual([true, false]);
    await pass(10_000);
    expect(server.probes).toBe(0);
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

describe("the circuit breaker, where only a mail can tell", () => {
  it("rests longer though verify() found nothing wrong, and then lets one mail through", async () => {
    const { changes, send, ends } = await setupWithoutVerify();
    expect(changes.map(({ open, ms }) => [open, ms])).toEqual([
      [true, 30_000],
      [false, 0],
      [true, 60_000],
    ]);
    const trying = send();
    expect((await send()).class).toBe("our-fault");
    expect(ends).toHaveLength(3);
    ends[2]?.({ class: "sent" });
    expect((await trying).class).toBe("sent");
    expect(changes.at(-1)?.open).toBe(false);
  });

  it("rests longer still when the trial fails", async () => {
    const { changes, send, ends } = await setupWithoutVerify();
    const trying = send();
    ends[2]?.({ class: "our-fault" });
    expect(await trying).toMatchObject({ class: "our-fault", retryAfter: 120_000 });
    expect(changes.at(-1)?.ms).toBe(120_000);
  });

  it("tries the next mail when the trial was lost without telling anything", async () => {
    const { send, ends } = await setupWithoutVerify();
    const trying = send();
    expect((await send()).class).toBe("our-fault");
    ends[2]?.({ class: "lost" });
    await trying;
    const next = send();
    expect(ends).toHaveLength(4);
    ends[3]?.({ class: "sent" });
    expect((await next).class).toBe("sent");
  });

  it("does not let the trial be ended by what is beside it, but by the end of its own attempt", async () => {
    const { send, ends, signals } = await setupWithoutVerify();
    const controller = new AbortController();
    let isLive = true;
    void send({ signal: controller.signal, isLive: () => isLive });
    controller.abort();
    expect(signals[2]?.aborted).toBe(false);
    ends[2]?.({ class: "lost" });
    await vi.advanceTimersByTimeAsync(0);
    const second = new AbortController();
    void send({ signal: second.signal, isLive: () => isLive });
    isLive = false;
    second.abort();
    expect(signals[3]?.aborted).toBe(true);
  });
});
