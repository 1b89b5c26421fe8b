import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../../src/stores/sqlite/database.ts";
import { SqliteRateStore } from "../../../src/stores/sqlite/rate-store.ts";
import { Permits } from "../../../src/transports/providers/permits.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

async function setup(limit: number) {
  const store = new SqliteRateStore(await openDatabase(":memory:"), { leaseNow: () => performance.now() });
  const trips = vi.spyOn(store, "hold");
  const process = (holder: string) =>
    new Permits({ store, key: "gmail", limit, holder, now: () => performance.now() });
  return { store, trips, process };
}

const takeAll = (permits: Permits, count: number, bulk = false) =>
  Promise.all(Array.from({ length: count }, () => permits.take(bulk)));
const granted = (answers: readonly boolean[]) => answers.filter(Boolean).length;

describe("permits", () => {
  it("are no more than there are, over all processes", async () => {
    const { process } = await setup(3);
    const [a, b] = [process("a"), process("b")];
    expect(granted(await takeAll(a, 2))).toBe(2);
    expect(granted(await takeAll(b, 5))).toBe(1);
    a.giveBack(false);
    a.giveBack(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(granted(await takeAll(b, 5))).toBe(2);
  });

  it("are used again and again without a trip to the store", async () => {
    const { process, trips } = await setup(2);
    const a = process("a");
    for (let time = 0; time < 1_000; time++) {
      expect(await a.take(true)).toBe(true);
      a.giveBack(true);
    }
    expect(trips).toHaveBeenCalledTimes(1);
  });

  it("are kept for as long as they are in use, and are given back soon after", async () => {
    const { process } = await setup(1);
    const [a, b] = [process("a"), process("b")];
    await a.take(false);
    for (let second = 0; second < 120; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await b.take(false)).toBe(false);
    }
    a.giveBack(false);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(await b.take(false)).toBe(true);
    expect(a.isIdle).toBe(true);
  });

  it("come back from a process that was killed", async () => {
    const { store, process } = await setup(1);
    expect(await store.hold("gmail", { id: "killed", leaseMs: 30_000 }, 1, 1)).toBe(1);
    const b = process("b");
    expect(await b.take(false)).toBe(false);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await b.take(false)).toBe(true);
  });

  it("leave one to other mail", async () => {
    const { process } = await setup(3);
    const [a, b] = [process("a"), process("b")];
    expect(granted(await takeAll(a, 5, true))).toBe(2);
    expect(granted(await takeAll(b, 5, true))).toBe(0);
    await vi.advanceTimersByTimeAsync(250);
    expect(await b.take(false)).toBe(true);
  });

  it("are for bulk mail too where there is one alone", async () => {
    const { process } = await setup(1);
    expect(await process("a").take(true)).toBe(true);
  });

  it("are not to be had while the store does not answer, and are soon after", async () => {
    const { process, trips } = await setup(1);
    trips.mockRejectedValueOnce(new Error("away"));
    const a = process("a");
    expect(await a.take(false)).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await a.take(false)).toBe(true);
  });

  it("are given back when everything is closed", async () => {
    const { process } = await setup(2);
    const [a, b] = [process("a"), process("b")];
    await takeAll(a, 2);
    await a.close();
    expect(granted(await takeAll(b, 2))).toBe(2);
  });
});
