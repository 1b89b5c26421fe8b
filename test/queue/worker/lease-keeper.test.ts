import { afterEach, describe, expect, it } from "vitest";
import type { JobRecord } from "../../../src/jobs/job-record.ts";
import type { Lease } from "../../../src/jobs/job-store.ts";
import { LEASE_LOST } from "../../../src/queue/attempt/disposition.ts";
import { LeaseKeeper } from "../../../src/queue/worker/lease-keeper.ts";

const job = (id: string) => ({ id, lockToken: `token-${id}` }) as JobRecord;
const keepers: LeaseKeeper[] = [];
afterEach(() => Promise.all(keepers.splice(0).map((keeper) => keeper.close())));

type Asking = (leases: readonly Lease[]) => Promise<readonly Lease[]>;

function setup(extend: Asking = async () => [], taken: Asking = async () => []) {
  const clock = { now: 0 };
  const asked: (readonly Lease[])[] = [];
  const lost: string[] = [];
  const errors: unknown[] = [];
  const looked: (readonly Lease[])[] = [];
  let tell: () => void = () => undefined;
  const pauses: number[] = [];
  const keeper = new LeaseKeeper({
    store: {
      extend: (leases) => {
        asked.push(leases);
        return extend(leases);
      },
      lost: (leases) => {
        looked.push(leases);
        return taken(leases);
      },
      watchTaken: (look) => {
        tell = look;
        return () => {
          tell = () => undefined;
        };
      },
    },
    leaseMs: 30_000,
    marginMs: 5_000,
    heartbeatMs: 3_600_000,
    onLost: (id) => lost.push(id),
    onPause: (ms) => pauses.push(ms),
    onError: (error) => errors.push(error),
    clock: () => clock.now,
  });
  keepers.push(keeper);
  return { clock, asked, looked, lost, errors, pauses, keeper, tell: () => tell() };
}

describe("the lease keeper", () => {
  it("extends all leases in one write", async () => {
    const { keeper, asked } = setup();
    for (const id of ["a", "b", "c"]) keeper.hold(job(id), keeper.now());
    await keeper.heartbeat();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toEqual(["a", "b", "c"].map((id) => ({ id, token: `token-${id}` })));
  });

  it("asks nothing when it holds nothing", async () => {
    const { keeper, asked } = setup();
    keeper.hold(job("a"), keeper.now());
    keeper.release({ id: "a", token: "token-a" });
    await keeper.heartbeat();
    expect(asked).toHaveLength(0);
  });

  it("keeps a job that it claimed anew before it knew how the claim before ended", async () => {
    const { keeper, asked } = setup();
    keeper.hold(job("a"), keeper.now());
    keeper.release({ id: "a", token: "token-of-before" });
    await keeper.heartbeat();
    expect(asked).toHaveLength(1);
  });

  it("aborts a job whose lease the store gave to another", async () => {
    const { keeper, lost } = setup(async () => [{ id: "a", token: "token-a" }]);
    const { signal } = keeper.hold(job("a"), keeper.now());
    const other = keeper.hold(job("b"), keeper.now());
    await keeper.heartbeat();
    expect(signal.reason).toBe(LEASE_LOST);
    expect(other.signal.aborted).toBe(false);
    expect(lost).toEqual(["a"]);
  });

  it("aborts a job that was taken back, when it is told, and when it looks by itself", async () => {
    const { keeper, lost, tell } = setup(undefined, async () => [{ id: "a", token: "token-a" }]);
    const { signal } = keeper.hold(job("a"), keeper.now());
    const other = keeper.hold(job("b"), keeper.now());
    tell();
    await new Promise(setImmediate);
    expect(signal.reason).toBe(LEASE_LOST);
    expect(other.signal.aborted).toBe(false);
    expect(lost).toEqual(["a"]);
  });

  it("looks only for jobs that were held for a while, and that have not ended", async () => {
    const { keeper, clock, looked } = setup();
    keeper.hold(job("long"), keeper.now());
    keeper.hold(job("over"), keeper.now());
    keeper.end({ id: "over", token: "token-over" });
    clock.now = 1_000;
    keeper.hold(job("quick"), keeper.now());
    await keeper.look(1_000);
    expect(looked).toEqual([[{ id: "long", token: "token-long" }]]);
    clock.now = 2_000;
    await keeper.look(1_000);
    expect(looked[1]?.map(({ id }) => id)).toEqual(["long", "quick"]);
  });

  it("leaves it to the heartbeat to tell of a store that does not answer", async () => {
    const { keeper, errors, lost } = setup(undefined, () => Promise.reject(new Error("no connection")));
    keeper.hold(job("a"), keeper.now());
    await keeper.look();
    expect([errors, lost]).toEqual([[], []]);
  });

  it("hears of nothing when it is closed", async () => {
    const { keeper, looked, tell } = setup();
    keeper.hold(job("a"), keeper.now());
    await keeper.close();
    tell();
    expect(looked).toEqual([]);
  });

  it("aborts before the lease runs out when the store does not answer", async () => {
    const { keeper, clock, errors } = setup(() => Promise.reject(new Error("no connection")));
    const { signal } = keeper.hold(job("a"), keeper.now());
    clock.now = 24_000;
    await keeper.heartbeat();
    keeper.watch();
    expect(signal.aborted).toBe(false);
    clock.now = 25_001;
    keeper.watch();
    expect(signal.reason).toBe(LEASE_LOST);
    expect(errors).toHaveLength(1);
  });

  it("knows a lease to be lost when it is asked, before anything rang", async () => {
    const { keeper, clock, lost } = setup();
    const attempt = keeper.hold(job("a"), keeper.now());
    clock.now = 25_000;
    expect(attempt.isLive()).toBe(true);
    clock.now = 25_001;
    expect(attempt.isLive()).toBe(false);
    expect(attempt.reason).toBe(LEASE_LOST);
    expect(lost).toEqual(["a"]);
  });

  it("tells how long the process did not run, once (fault 15)", () => {
    const { keeper, clock, pauses } = setup();
    for (const now of [1_000, 2_000, 14_500, 15_500]) {
      clock.now = now;
      keeper.watch();
    }
    expect(pauses).toEqual([11_500]);
  });

  it("counts a lease from before the heartbeat was sent, not from its answer", async () => {
    const { keeper, clock } = setup(async () => {
      clock.now += 20_000;
      return [];
    });
    const { signal } = keeper.hold(job("a"), keeper.now());
    await keeper.heartbeat();
    clock.now = 25_001;
    keeper.watch();
    expect(signal.aborted).toBe(true);
  });

  it("aborts what still runs for a job that it claimed anew, because its lease had run out unnoticed", () => {
    const { keeper, clock, lost } = setup();
    const first = keeper.hold(job("a"), keeper.now());
    clock.now = 40_000;
    const second = keeper.hold({ ...job("a"), lockToken: "new" }, keeper.now());
    expect([first.isLive(), second.isLive()]).toEqual([false, true]);
    expect(first.reason).toBe(LEASE_LOST);
    expect(lost).toEqual(["a"]);
  });

  it("leaves it to the settlement whether the lease of a job that has ended is lost", async () => {
    const { keeper, clock, lost, asked } = setup(async () => [{ id: "a", token: "token-a" }]);
    keeper.hold(job("a"), keeper.now());
    keeper.end({ id: "a", token: "token-a" });
    await keeper.heartbeat();
    expect(keeper.isCertain({ id: "a", token: "token-a" })).toBe(true);
    clock.now = 30_001;
    keeper.watch();
    expect(keeper.isCertain({ id: "a", token: "token-a" })).toBe(false);
    await keeper.heartbeat();
    expect(asked).toHaveLength(2);
    expect(lost).toEqual([]);
  });

  it("keeps a job that is extended in time for ever", async () => {
    const { keeper, clock } = setup();
    const { signal } = keeper.hold(job("a"), keeper.now());
    for (let beat = 0; beat < 100; beat++) {
      clock.now += 10_000;
      keeper.watch();
      await keeper.heartbeat();
    }
    expect(signal.aborted).toBe(false);
  });
});
