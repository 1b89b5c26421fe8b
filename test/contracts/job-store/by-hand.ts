import { describe, expect, it } from "vitest";
import { DuplicateKeyError } from "../../../src/errors/errors.ts";
import { PARKED } from "../../../src/jobs/batch.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { FUTURE, keyOf, PAST, request, type Setup, unchanged } from "./setup.ts";

export function describeByHand({ start, leased }: Setup): void {
  describe("by hand", () => {
    it("retries a failed job at once, with all its attempts, its checkpoint kept", async () => {
      const { store, job } = await leased({ maxAttempts: 1 });
      const retry = { kind: "retry", runAt: PAST, error: "x", counted: false, checkpoint: 5 } as const;
      await store.settle([{ ...keyOf(job), ...retry }]);
      const [again] = await store.claim(request());
      await store.settle([{ ...keyOf(again!), kind: "fail", error: "x", reason: "x" }]);
      expect(await store.retry(job.id)).toBe(true);
      const read = await store.get(job.id);
      expect(read).toMatchObject({ state: "ready", attempts: 0, checkpoint: 5 });
      for (const field of ["lastError", "failReason", "failedAt"]) expect(read).not.toHaveProperty(field);
      expect(await store.claim(request())).toHaveLength(1);
    });

    it("makes a waiting job due now", async () => {
      const { store } = await start();
      const job = aJob({ runAt: FUTURE });
      await store.insert([job]);
      expect(await store.retry(job.id)).toBe(true);
      expect(await store.claim(request())).toHaveLength(1);
    });

    it("takes one job by its id, before its time and from a paused queue, and counts the attempt", async () => {
      const { store } = await start();
      const job = aJob({ runAt: FUTURE });
      await store.insert([job]);
      await store.pauseQueue(job.queue);
      const claim = { workerId: "console", token: "t", leaseMs: 30_000 };
      const taken = await store.claimOne(job.id, claim);
      const lease = { state: "leased", attempts: 1, lockedBy: "console", lockToken: "t" };
      expect(taken).toMatchObject({ id: job.id, args: job.args, runAt: FUTURE, ...lease });
      expect(await unchanged(store, taken!)).toEqual(await store.get(job.id));
      const { lockedAt, lockedUntil } = (await store.get(job.id))!;
      expect(lockedUntil!.getTime() - lockedAt!.getTime()).toBe(30_000);
      expect(await store.settle([{ id: job.id, token: "t", kind: "done" }])).toEqual([]);
    });

    it("takes a failed job by its id, with its error and its unique key", async () => {
      const { store, job } = await leased({ uniqueKey: "k", maxAttempts: 1 });
      await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "r" }]);
      const taken = await store.claimOne(job.id, request());
      expect(taken).toMatchObject({ state: "leased", attempts: 2, lastError: "x" });
      for (const field of ["failReason", "failedAt"]) expect(taken).not.toHaveProperty(field);
      expect(await store.liveKeys(["k"])).toEqual(["k"]);
      expect((await store.insert([aJob({ uniqueKey: "k" })]))[0]?.inserted).toBe(false);
    });

    it("does not take a failed job whose unique key another has", async () => {
      const { store, job } = await leased({ uniqueKey: "k" });
      await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "r" }]);
      await store.insert([aJob({ uniqueKey: "k" })]);
      const failed = await store.get(job.id);
      await expect(store.claimOne(job.id, request())).rejects.toThrow(DuplicateKeyError);
      expect(await store.get(job.id)).toEqual(failed);
    });

    it("does not take by its id what a worker holds, is parked, done or not there", async () => {
      const { store, job } = await leased();
      const parked = aJob({ runAt: PARKED });
      await store.insert([parked]);
      for (const id of [job.id, parked.id, "0".repeat(24), "no id"])
        expect(await store.claimOne(id, request())).toBeUndefined();
      await store.settle([{ ...keyOf(job), kind: "done", keepMs: 60_000 }]);
      expect(await store.claimOne(job.id, request())).toBeUndefined();
      expect(await store.get(parked.id)).toMatchObject({ state: "ready", attempts: 0 });
    });

    it("takes a job by its id that is behind others of its limit's key", async () => {
      const limit = { key: "k", concurrency: 1 };
      const { store, job } = await leased({ limit });
      await store.putBehind([keyOf(job)], [limit]);
      const taken = await store.claimOne(job.id, request());
      expect(taken).toMatchObject({ state: "leased", attempts: 1, runAt: PAST });
      expect(taken).not.toHaveProperty("dueAt");
      await store.settle([{ ...keyOf(taken!), kind: "release" }]);
      expect(await store.claim(request())).toHaveLength(1);
    });

    it("neither retries nor removes a job that a worker holds", async () => {
      const { store, job } = await leased();
      expect(await store.retry(job.id)).toBe(false);
      expect(await store.remove(job.id)).toBe(false);
      expect((await store.get(job.id))?.state).toBe("leased");
    });

    it("puts other texts in the place of a last error and of progress, where there are some", async () => {
      const { store, job } = await leased();
      const texts = { lastError: "y", progress: "row 2" };
      expect(await store.rewriteTexts(job.id, texts)).toBe(false);
      await store.note(keyOf(job), { progress: { share: 0.5, text: "row 1" } });
      await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "r" }]);
      const failed = await store.get(job.id);
      expect(await store.rewriteTexts(job.id, texts)).toBe(true);
      const progress = { ...failed?.progress, text: "row 2" };
      expect(await store.get(job.id)).toEqual({ ...failed, lastError: "y", progress });
      expect(await store.rewriteTexts(job.id, { progress: "row 3" })).toBe(true);
      expect(await store.get(job.id)).toMatchObject({
        lastError: "y",
        progress: { share: 0.5, text: "row 3" },
      });
      expect(await store.rewriteTexts("0".repeat(24), texts)).toBe(false);
      expect(await store.rewriteTexts("no id", texts)).toBe(false);
    });

    it("removes jobs that failed long ago, but for those of a group", async () => {
      const { store } = await start();
      const jobs = [aJob({ runAt: PAST }), aJob({ runAt: PAST, group: "g" }), aJob({ runAt: FUTURE })];
      await store.insert(jobs);
      for (const job of await store.claim(request()))
        await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "r" }]);
      expect(await store.removeFailedBefore(60_000)).toBe(0);
      expect(await store.removeFailedBefore(-60_000)).toBe(1);
      const left = (await store.find({})).map(({ id }) => id);
      expect(left).toEqual([jobs[1]!.id, jobs[2]!.id]);
    });

    it("removes a job", async () => {
      const { store } = await start();
      const job = aJob();
      await store.insert([job]);
      expect(await store.remove(job.id)).toBe(true);
      expect(await store.remove(job.id)).toBe(false);
    });

    it("retries all failed jobs that fit, but not those whose key is taken", async () => {
      const { store } = await start();
      const jobs = [
        aJob({ queue: "a" }),
        aJob({ queue: "a", uniqueKey: "free" }),
        aJob({ queue: "a", uniqueKey: "k" }),
        aJob({ queue: "b" }),
      ];
      await store.insert(jobs);
      for (const job of await store.claim(request()))
        await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "x" }]);
      await store.insert([aJob({ uniqueKey: "k" })]);
      expect(await store.retryAll({ queue: "a" })).toBe(2);
      const left = await store.find({ state: "failed" });
      expect(left.map(({ id }) => id).toSorted()).toEqual([jobs[2]!.id, jobs[3]!.id].toSorted());
      expect(await store.find({ state: "ready", queue: "a" })).toMatchObject([
        { attempts: 0 },
        { attempts: 0 },
      ]);
    });

    it("retries and removes more than a slice of them, and no more than it is told to", async () => {
      const { store } = await start();
      await store.insert(someJobs(620, (index) => (index % 100 === 0 ? { uniqueKey: `k${index}` } : {})));
      for (let token = 0; token < 2; token++) {
        const claimed = await store.claim(request({ token: `t${token}`, limit: 500 }));
        await store.settle(claimed.map((job) => ({ ...keyOf(job), kind: "fail", error: "x", reason: "x" })));
      }
      expect(await store.retryAll({}, { most: 550 })).toBe(550);
      expect(await store.count({ state: "failed" })).toBe(70);
      expect(await store.removeAll({ state: "failed" }, { most: 20 })).toBe(20);
      expect(await store.retryAll({})).toBe(50);
      expect(await store.count({ state: "ready" })).toBe(600);
      expect(await store.removeAll({})).toBe(600);
    });

    it("gives a waiting job another time, and no other", async () => {
      const { store, job } = await leased();
      expect(await store.reschedule(job.id, FUTURE)).toBe(false);
      const waiting = aJob({ runAt: PAST });
      await store.insert([waiting]);
      expect(await store.reschedule(waiting.id, FUTURE)).toBe(true);
      expect((await store.get(waiting.id))?.runAt).toEqual(FUTURE);
      expect(await store.claim(request())).toEqual([]);
      expect(await store.reschedule("0123456789abcdef01234567", FUTURE)).toBe(false);
      expect(await store.reschedule("nonsense", FUTURE)).toBe(false);
    });

    it("cancels a job that waits or runs: its worker loses it", async () => {
      const { store, job } = await leased({ uniqueKey: "k" });
      expect(await store.cancel(job.id)).toBe(true);
      expect(await store.cancel(job.id)).toBe(false);
      expect(await store.extend([keyOf(job)], 1_000)).toEqual([keyOf(job)]);
      const retry = { ...keyOf(job), kind: "retry", runAt: PAST, error: "x", counted: true } as const;
      expect(await store.settle([retry])).toEqual([keyOf(job)]);
      expect(await store.count({})).toBe(0);
      const [again] = await store.insert([aJob({ uniqueKey: "k" })]);
      expect(again?.inserted).toBe(true);
      expect(await store.cancel(again!.record.id)).toBe(true);
    });

    it("cancels no job that has ended", async () => {
      const { store, job } = await leased();
      await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "x" }]);
      expect(await store.cancel(job.id)).toBe(false);
      expect(await store.count({ state: "failed" })).toBe(1);
    });

    it("removes all jobs that fit, but running ones only where asked to (DJX-25)", async () => {
      const { store } = await leased({ queue: "a" });
      await store.insert([aJob({ queue: "a" }), aJob({ queue: "b" })]);
      expect(await store.removeAll({ queue: "a" })).toBe(1);
      expect(await store.count({ state: "leased" })).toBe(1);
      expect(await store.removeAll({}, { running: true })).toBe(2);
      expect(await store.count({})).toBe(0);
    });

    it("wakes and drops the waiting jobs of a group, and no others", async () => {
      const { store } = await start();
      await store.insert([
        ...someJobs(3, () => ({ group: "g", runAt: FUTURE })),
        aJob({ group: "h", runAt: FUTURE }),
        aJob({ runAt: FUTURE }),
      ]);
      expect(await store.wakeGroup("g")).toBe(3);
      expect(await store.claim(request({ limit: 1 }))).toMatchObject([{ group: "g" }]);
      expect(await store.dropGroup("g")).toBe(2);
      expect(await store.count({})).toBe(3);
    });
  });
}
