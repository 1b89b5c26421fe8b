import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../../src/jobs/job-record.ts";
import { type Lease, MAX_CRASHES } from "../../../src/jobs/job-store.ts";
import { eventually } from "../../support/eventually.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { keyOf, PAST, request, type Setup } from "./setup.ts";

export function describeLeases({ start, leased }: Setup): void {
  describe("leases", () => {
    it("are extended where the token is right, and told where it is not", async () => {
      const { store, job } = await leased();
      const before = (await store.get(job.id))!.lockedUntil!;
      expect(await store.extend([keyOf(job), { id: aJob().id, token: "gone" }], 90_000)).toEqual([
        { id: expect.any(String), token: "gone" },
      ]);
      const after = (await store.get(job.id))!.lockedUntil!;
      expect(after.getTime() - before.getTime()).toBeGreaterThan(50_000);
    });

    it("are not extended by the token of an earlier claim, whatever else is extended with it", async () => {
      const { store } = await start();
      await store.insert(someJobs(2, () => ({ runAt: PAST })));
      const [first, second] = await store.claim(request());
      await store.settle([{ ...keyOf(first!), kind: "release" }]);
      const [again] = await store.claim(request());
      expect(again?.id).toBe(first?.id);
      const leases = [keyOf(first!), keyOf(second!), keyOf(again!)];
      expect(await store.extend(leases, 30_000)).toEqual([keyOf(first!)]);
      const stale = { id: second!.id, token: again!.lockToken! };
      expect(await store.extend([keyOf(again!), stale], 30_000)).toEqual([stale]);
    });

    it("that were lost are told, and none is lengthened by asking", async () => {
      const { store, job } = await leased();
      const before = (await store.get(job.id))?.lockedUntil;
      const stale = { id: job.id, token: "of another claim" };
      const gone = { id: aJob().id, token: "gone" };
      expect(await store.lost([keyOf(job), stale, gone])).toEqual([stale, gone]);
      expect((await store.get(job.id))?.lockedUntil).toEqual(before);
      expect(await store.lost([])).toEqual([]);
    });

    it.each(["cancel", "removeAll"] as const)(
      "that are taken back by %s are told of at once, to who listens here",
      async (verb) => {
        const { store, job } = await leased();
        const told: (readonly Lease[])[] = [];
        const stop = store.watchTaken(() => void store.lost([keyOf(job)]).then((lost) => told.push(lost)));
        if (verb === "cancel") await store.cancel(job.id);
        else await store.removeAll({ state: "leased" }, { running: true });
        await eventually("it is told", () => told.length > 0);
        expect(told).toEqual([[keyOf(job)]]);
        stop();
        await store.cancel(job.id);
        expect(told).toHaveLength(1);
      },
    );

    it("of nobody are extended without a word", async () => {
      const { store } = await start();
      expect(await store.extend([], 30_000)).toEqual([]);
    });

    it("are left alone by the reaper while they last", async () => {
      const { store, job } = await leased();
      expect(await store.reap()).toEqual({ freed: 0, failed: [] });
      expect((await store.get(job.id))?.state).toBe("leased");
    });

    it("are freed once when they have run out, with the attempt counted (DJ-037, DJX-02)", async () => {
      const { store, under, job } = await leased({}, { leaseMs: 1 });
      const other = await under.open();
      const reaped = await eventually("the lease is freed", async () => {
        const both = await Promise.all([store.reap(), other.reap()]);
        const freed = both[0].freed + both[1].freed;
        return freed > 0 && freed;
      });
      expect(reaped).toBe(1);
      const read = await store.get(job.id);
      expect(read).toMatchObject({
        state: "ready",
        attempts: 1,
        crashes: 1,
        lastError: expect.stringContaining("worker-1"),
      });
      expect(read).not.toHaveProperty("lockToken");
      expect(await store.extend([keyOf(job)], 1_000)).toEqual([keyOf(job)]);
      expect(await store.settle([{ ...keyOf(job), kind: "release" }])).toEqual([keyOf(job)]);
      expect(await store.claim(request())).toMatchObject([{ attempts: 2 }]);
    });

    it("that ran out give a job no better place in the line (DJX-24)", async () => {
      const { store } = await leased({ priority: 5 }, { leaseMs: 1 });
      await eventually("the lease is freed", async () => (await store.reap()).freed === 1);
      await store.insert([aJob({ priority: 0, runAt: PAST })]);
      expect((await store.claim(request({ limit: 1 }))).map(({ priority }) => priority)).toEqual([0]);
    });

    it("are all freed at once, however many, and whoever could perform their jobs", async () => {
      const { store } = await start();
      await store.insert(someJobs(300, () => ({ runAt: PAST, handler: "OnlyElsewhere" })));
      await store.claim(request({ limit: 300, leaseMs: -5_000 }));
      await store.insert([aJob({ runAt: PAST, queue: "long" })]);
      await store.claim(request({ queues: ["long"], leaseMs: 600_000 }));
      expect(await store.reap()).toEqual({ freed: 300, failed: [] });
      expect(await store.count({ state: "ready" })).toBe(300);
      expect(await store.count({ state: "leased" })).toBe(1);
    });

    it("end once for each job, whether its worker or the reaper is first (faults 12 and 13)", async () => {
      const { store, under } = await start();
      const [other, third] = [await under.open(), await under.open()];
      await store.insert(someJobs(60, () => ({ runAt: PAST })));
      const jobs = await store.claim(request({ limit: 60, leaseMs: -5_000 }));
      const halves = [jobs.slice(0, 30), jobs.slice(30)];
      const [lost, more, ...reaped] = await Promise.all([
        store.settle(halves[0]!.map((job) => ({ ...keyOf(job), kind: "done" }))),
        store.settle(halves[1]!.map((job) => ({ ...keyOf(job), kind: "done" }))),
        other.reap(),
        third.reap(),
      ]);
      const freed = reaped.reduce((sum, each) => sum + each.freed, 0);
      expect(lost!.length + more!.length).toBe(freed);
      const left = await store.find({});
      expect(left).toHaveLength(freed);
      expect(
        left.every(({ state, crashes, attempts }) => state === "ready" && crashes === 1 && attempts === 1),
      ).toBe(true);
    });

    it("fail the job as crashed when no attempt is left", async () => {
      const { store, job } = await leased({ maxAttempts: 1, uniqueKey: "k" }, { leaseMs: 1 });
      let failed: readonly JobRecord[] = [];
      await eventually("the job is failed", async () => {
        failed = (await store.reap()).failed;
        return failed.length === 1;
      });
      expect(failed).toMatchObject([{ id: job.id, state: "failed", failReason: "crashed" }]);
      expect(await store.get(job.id)).toMatchObject({
        state: "failed",
        failReason: "crashed",
        failedAt: expect.any(Date),
      });
      expect(await store.insert([aJob({ uniqueKey: "k" })])).toMatchObject([{ inserted: true }]);
    });

    it(`fail the job as crashed at the ${MAX_CRASHES}rd lease that runs out, whatever its attempts`, async () => {
      const { store } = await start();
      const job = aJob({ runAt: PAST });
      await store.insert([job]);
      for (let crash = 1; crash <= MAX_CRASHES; crash++) {
        expect(await store.claim(request({ leaseMs: 1 }))).toHaveLength(1);
        await eventually("the lease is reaped", async () => {
          const { freed, failed } = await store.reap();
          return freed + failed.length === 1;
        });
      }
      expect(await store.get(job.id)).toMatchObject({
        state: "failed",
        failReason: "crashed",
        crashes: MAX_CRASHES,
      });
    });

    it("may run out as often as a job says, and then cost no attempt (row 1.14)", async () => {
      const { store } = await start();
      const job = aJob({ runAt: PAST, maxAttempts: 1, maxCrashes: 5 });
      await store.insert([job]);
      for (let crash = 1; crash < 5; crash++) {
        expect(await store.claim(request({ workerId: "gone" }))).toMatchObject([
          { attempts: 1, maxCrashes: 5 },
        ]);
        expect(await store.reap("gone")).toEqual({ freed: 1, failed: [] });
        expect(await store.get(job.id)).toMatchObject({ state: "ready", attempts: 0, crashes: crash });
      }
      await store.claim(request({ workerId: "gone" }));
      expect((await store.reap("gone")).failed).toMatchObject([{ failReason: "crashed", crashes: 5 }]);
    });

    it("that ran out are forgiven a job that got on, with the attempts they cost (rows 1.12 and 1.14)", async () => {
      const { store } = await start();
      await store.insert([aJob({ runAt: PAST, maxAttempts: 3 })]);
      for (let crash = 1; crash < MAX_CRASHES; crash++) {
        await store.claim(request({ workerId: "gone" }));
        await store.reap("gone");
      }
      const [job] = await store.claim(request());
      expect(job).toMatchObject({ attempts: 3, crashes: 2 });
      expect(await store.forgive(keyOf(job!))).toBe(true);
      expect(await store.get(job!.id)).toMatchObject({ state: "leased", attempts: 1, crashes: 0 });
      expect(await store.forgive(keyOf(job!))).toBe(true);
      expect(await store.get(job!.id)).toMatchObject({ attempts: 1, crashes: 0 });
    });

    it("are forgiven to nobody who lost the job", async () => {
      const { store } = await start();
      await store.insert([aJob({ runAt: PAST, maxCrashes: 9 })]);
      const [first] = await store.claim(request({ workerId: "gone" }));
      await store.reap("gone");
      expect(await store.forgive(keyOf(first!))).toBe(false);
      await store.claim(request());
      expect(await store.forgive(keyOf(first!))).toBe(false);
      expect(await store.get(first!.id)).toMatchObject({ attempts: 1, crashes: 1 });
    });

    it("that ran out twice make a job a suspect, of which a claim gets no more than it asks for", async () => {
      const { store } = await start();
      const poisonous = someJobs(3, () => ({ runAt: PAST, queue: "a" }));
      await store.insert(poisonous);
      for (let crash = 1; crash < MAX_CRASHES; crash++) {
        await store.claim(request({ workerId: "gone" }));
        expect((await store.reap("gone")).freed).toBe(3);
      }
      expect(await store.nextDue(request({ poisonous: 0 }), 1_000)).toBeUndefined();
      expect(await store.nextDue(request({ poisonous: 1 }), 1_000)).toBeDefined();
      const others = someJobs(4, (index) => ({ runAt: PAST, priority: 1, queue: index % 2 ? "a" : "b" }));
      await store.insert(others);
      const few = await store.claim(request({ poisonous: 1, limit: 3 }));
      expect(few.map(({ crashes }) => crashes)).toEqual([MAX_CRASHES - 1, 0, 0]);
      const none = await store.claim(request({ poisonous: 0 }));
      expect(none.map(({ crashes }) => crashes)).toEqual([0, 0]);
      expect(await store.claim(request())).toHaveLength(2);
    });
  });
}
