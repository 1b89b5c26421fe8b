import { describe, expect, it } from "vitest";
import type { Rate } from "../../../src/jobs/rate.ts";
import { parseRate, slotsOf } from "../../../src/jobs/rate.ts";
import { RateLimiter, type Turn } from "../../../src/transports/rates/rate-limiter.ts";
import type { Reservation } from "../../../src/transports/rates/rate-store.ts";

const SPAN = 60_000;

/** QueueRotation over a ledger and a clock that the test holds. */
function setup({
  limit = 100,
  maxWait = SPAN,
  left = limit,
}: {
  limit?: number;
  maxWait?: number;
  left?: number;
} = {}) {
  const state = { now: 0, left, retryIn: 10_000, error: undefined as Error | undefined };
  const asked: number[] = [];
  const sleeps: { ms: number; end: () => void; signal: AbortSignal }[] = [];
  const ledger = {
    reserve: async (_key: string, wanted: number, _rate: Rate): Promise<Reservation> => {
      asked.push(wanted);
      await Promise.resolve();
      if (state.error) throw state.error;
      const granted = Math.min(wanted, state.left);
      state.left -= granted;
      return { granted, retryIn: granted === wanted ? 0 : state.retryIn };
    },
  };
  const turns = new RateLimiter({
    ledger,
    key: "bulk",
    rate: { limit, per: SPAN },
    maxWait,
    now: () => state.now,
    random: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleeps.push({ ms, signal, end: resolve });
        signal.addEventListener("abort", () => resolve());
      }),
  });
  /** What has happened so far of what was asked. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const ended: string[] = [];
  const take = (name: string, options = {}) => {
    const turn = turns.take(options);
    void turn.then(({ kind }) => ended.push(`${name} ${kind}`));
    return turn;
  };
  const takeAll = (count: number) => Promise.all(Array.from({ length: count }, () => turns.take()));
  return { state, asked, sleeps, turns, settled, ended, take, takeAll };
}

const kinds = (turns: readonly Turn[]) => turns.map(({ kind }) => kind);

describe("turns under a rate", () => {
  it("are asked for in one trip for all that wait", async () => {
    const { takeAll, asked } = setup();
    expect(kinds(await takeAll(7))).toEqual(Array(7).fill("go"));
    expect(asked).toEqual([7]);
  });

  it("are reserved ahead where one follows the other, and not in a trickle", async () => {
    const { state, takeAll, turns, asked } = setup({ limit: 1_000 });
    for (let round = 0; round < 50; round++) await takeAll(5);
    expect(asked.length).toBeLessThan(15);
    asked.length = 0;
    for (let round = 0; round < 5; round++) {
      state.now += slotsOf({ limit: 1_000, per: SPAN }).length + 1;
      await turns.take();
    }
    expect(asked).toEqual([1, 1, 1, 1, 1]);
  });

  it("never hold ahead more than a twentieth of the rate, nor longer than a slot", async () => {
    const { state, takeAll, turns, asked } = setup({ limit: 100 });
    await takeAll(40);
    await turns.take();
    expect(asked).toEqual([40, 1 + 5]);
    state.now += slotsOf({ limit: 100, per: SPAN }).length + 1;
    await turns.take();
    expect(asked).toEqual([40, 6, 1]);
  });

  it("are waited for, and asked for again when there will be more", async () => {
    const { state, take, ended, sleeps, settled } = setup({ left: 1 });
    void take("first");
    void take("second");
    await settled();
    expect(ended).toEqual(["first go"]);
    expect(sleeps.map(({ ms }) => ms)).toEqual([10_000]);
    Object.assign(state, { now: 10_000, left: 1 });
    sleeps[0]?.end();
    await settled();
    expect(ended).toEqual(["first go", "second go"]);
  });

  it("are asked for at once for a mail that came while the store was asked", async () => {
    const { take, ended, sleeps, asked, settled } = setup();
    void take("first");
    await Promise.resolve();
    await Promise.resolve();
    void take("second");
    await settled();
    expect(ended).toEqual(["first go", "second go"]);
    expect(asked).toEqual([1, 2]);
    expect(sleeps).toEqual([]);
  });

  it("are given to other mail before bulk mail", async () => {
    const { state, take, ended, sleeps, settled } = setup({ left: 0 });
    void take("newsletter", { bulk: true });
    void take("password");
    await settled();
    state.left = 1;
    sleeps[0]?.end();
    await settled();
    expect(ended).toEqual(["password go"]);
  });

  it("are no longer waited for when the send is aborted, nor slept for when nobody waits", async () => {
    const { take, ended, sleeps, settled } = setup({ left: 0 });
    const controller = new AbortController();
    void take("one", { signal: controller.signal });
    await settled();
    controller.abort();
    await settled();
    expect(ended).toEqual(["one aborted"]);
    expect(sleeps[0]?.signal.aborted).toBe(true);
    expect((await take("two", { signal: AbortSignal.abort() })).kind).toBe("aborted");
  });

  it("are put off at once where waiting for them would take too long", async () => {
    const { state, turns, asked } = setup({ left: 0, maxWait: 5_000 });
    expect(await turns.take()).toEqual({ kind: "put-off", retryAfter: 10_000, roomIn: 10_000 });
    expect(await turns.take()).toEqual({ kind: "put-off", retryAfter: 10_000, roomIn: 10_000 });
    // It is known that there is nothing, so nobody asks again before.
    expect(asked).toEqual([1]);
    Object.assign(state, { now: 6_000, left: 5 });
    expect((await turns.take()).kind).toBe("go");
  });

  it("put off each limit of mails a span later than the one before", async () => {
    const { turns } = setup({ limit: 2, left: 0, maxWait: 0 });
    const times: number[] = [];
    for (let index = 0; index < 5; index++) {
      const turn = await turns.take();
      if (turn.kind === "put-off") times.push(turn.retryAfter);
    }
    expect(times).toEqual([10_000, 10_000, 70_000, 70_000, 130_000]);
  });

  it("are put off when the store cannot be asked, and asked for again after", async () => {
    const { state, turns } = setup();
    state.error = new Error("no store");
    expect(await turns.take()).toEqual({
      kind: "put-off",
      retryAfter: 5_000,
      roomIn: 5_000,
      error: state.error,
    });
    state.error = undefined;
    expect((await turns.take()).kind).toBe("go");
  });

  it("end for all that wait when the transport is closed", async () => {
    const { take, turns, ended, settled } = setup({ left: 0 });
    void take("one");
    void take("two");
    await settled();
    turns.close();
    await settled();
    expect(ended).toEqual(["one put-off", "two put-off"]);
    expect((await turns.take()).kind).toBe("put-off");
  });
});

describe("a rate", () => {
  it.each([
    ["100/1m", 100, 60_000],
    ["14/s", 14, 1_000],
    [" 2000 / 1 day ", 2_000, 86_400_000],
    ["5/90s", 5, 90_000],
  ])("is read from %j", (text, limit, per) => {
    expect(parseRate(text)).toEqual({ limit, per });
  });

  it.each(["", "100", "0/1m", "1.5/1m", "100/", "100/1fortnight", "100/10ms", "1/60d", "-1/1m", "1e3/1m"])(
    "is not read from %j",
    (text) => {
      expect(() => parseRate(text)).toThrow('must look like "100/1m"');
    },
  );
});
