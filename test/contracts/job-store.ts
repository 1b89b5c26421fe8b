import { afterEach, describe, expect, it } from "vitest";
import { DuplicateKeyError } from "../../src/errors.ts";
import type { JobRecord, Json } from "../../src/job.ts";
import { type ClaimRequest, type JobStore, MAX_CRASHES } from "../../src/queue/store.ts";
import { eventually } from "../support/eventually.ts";
import { aJob, someJobs } from "../support/jobs.ts";

export interface JobStoreUnderTest {
  /** Opens a store on one database; a second call opens another store on the same one. */
  open(options?: { readonly retention?: number }): Promise<JobStore>;
  /** Closes all stores and drops the database. */
  close(): Promise<void>;
}

const PAST = new Date(Date.now() - 60_000);
const FUTURE = new Date(Date.now() + 3_600_000);

function request(changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return { workerId: "worker-1", token: crypto.randomUUID(), limit: 10, leaseMs: 30_000, ...changes };
}

const keyOf = ({ id, lockToken = "" }: JobRecord) => ({ id, token: lockToken });

/** What every job store has to do; its port says it in words. */
export function describeJobStore(name: string, setup: () => Promise<JobStoreUnderTest>): void {
  describe(`${name} as a job store`, () => {
    const opened: JobStoreUnderTest[] = [];
    afterEach(async () => {
      for (const under of opened.splice(0)) await under.close();
    });

    async function start(options?: { readonly retention?: number }) {
      const under = await setup();
      opened.push(under);
      return { under, store: await under.open(options) };
    }

    /** A store with one job that is leased. */
    async function leased(changes = {}, claim: Partial<ClaimRequest> = {}) {
      const { store, under } = await start();
      await store.insert([aJob({ runAt: PAST, ...changes })]);
      const [job] = await store.claim(request(claim));
      if (job === undefined) throw new Error("The job was not claimed.");
      return { store, under, job };
    }

    describe("inserting", () => {
      it("gives back what it stored, in the order given", async () => {
        const { store } = await start();
        const jobs = someJobs(1_000, (index) => ({ args: [index] }));
        const inserted = await store.insert(jobs);
        expect(inserted.map(({ record }) => record.id)).toEqual(jobs.map(({ id }) => id));
        expect(inserted.every((each) => each.inserted && each.record.state === "ready")).toBe(true);
        expect(await store.count({})).toBe(1_000);
      });

      it("takes nothing at all", async () => {
        const { store } = await start();
        expect(await store.insert([])).toEqual([]);
      });

      it("makes a job due now when no time is given (DJ-001)", async () => {
        const { store } = await start();
        const [inserted] = await store.insert([aJob()]);
        expect(Math.abs((inserted?.record.runAt.getTime() ?? 0) - Date.now())).toBeLessThan(5_000);
        expect(await store.claim(request())).toHaveLength(1);
      });

      it("keeps every field, and has no field for what was not given (DJ-002, DJ-005, DJ-007, DJ-008)", async () => {
        const { store } = await start();
        const job = aJob({
          args: ["a", { b: [null, true, 1.5] }],
          params: { locale: "de" },
          meta: { messageId: "<1@x.test>" },
          queue: "mail",
          priority: -7,
          runAt: FUTURE,
          maxAttempts: 3,
          group: "g",
          uniqueKey: "u",
          expiresAt: FUTURE,
        });
        const [inserted] = await store.insert([job]);
        const read = await store.get(job.id);
        expect(read).toEqual(inserted?.record);
        expect(read).toEqual({
          ...job,
          state: "ready",
          attempts: 0,
          crashes: 0,
          createdAt: expect.any(Date),
        });
      });

      it.each<[string, Json]>([
        ["nested empty things", { a: {}, b: [], c: { d: [[]] } }],
        ["every kind of character", "O'Brien \u0001 🎉 שלום \\u0000 {{x}}"],
        ["a key that looks like code", { constructor: 1, toString: 2 }],
        ["large and small numbers", [1e308, -1e-300, 2 ** 53 - 1, -(2 ** 31), 2 ** 31]],
        ["a payload of 28,000 characters (DJ-051)", "x".repeat(28_000)],
      ])("keeps values exactly: %s", async (_, value) => {
        const { store } = await start();
        const job = aJob({ args: [value], params: { value } });
        await store.insert([job]);
        const read = await store.get(job.id);
        expect(read?.args).toStrictEqual([value]);
        expect(read?.params).toStrictEqual({ value });
      });
    });

    describe("unique keys", () => {
      it("let one live job have a key, and give it back for the others", async () => {
        const { store } = await start();
        const first = aJob({ uniqueKey: "k" });
        await store.insert([first]);
        const [second] = await store.insert([aJob({ uniqueKey: "k" })]);
        expect(second).toMatchObject({ inserted: false, record: { id: first.id } });
        expect(await store.count({ uniqueKey: "k" })).toBe(1);
      });

      it("hold within one batch, and do not keep the others of the batch out", async () => {
        const { store } = await start();
        await store.insert([aJob({ uniqueKey: "old" })]);
        const batch = [
          aJob({ uniqueKey: "k" }),
          aJob(),
          aJob({ uniqueKey: "k" }),
          aJob({ uniqueKey: "old" }),
          aJob(),
        ];
        const inserted = await store.insert(batch);
        expect(inserted.map((each) => each.inserted)).toEqual([true, true, false, false, true]);
        expect(inserted[2]?.record.id).toBe(batch[0]?.id);
        expect(await store.count({})).toBe(4);
      });

      it("hold while the job runs, and are free when it is done or failed", async () => {
        const { store, job } = await leased({ uniqueKey: "k" });
        expect(await store.insert([aJob({ uniqueKey: "k" })])).toMatchObject([{ inserted: false }]);
        await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "x" }]);
        const [again] = await store.insert([aJob({ uniqueKey: "k" })]);
        expect(again?.inserted).toBe(true);
        const [running] = await store.claim(request());
        await store.settle([{ ...keyOf(running!), kind: "done" }]);
        expect(await store.insert([aJob({ uniqueKey: "k" })])).toMatchObject([{ inserted: true }]);
      });

      it("refuse to retry a failed job whose key another has now", async () => {
        const { store, job } = await leased({ uniqueKey: "k" });
        await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "x" }]);
        await store.insert([aJob({ uniqueKey: "k" })]);
        await expect(store.retry(job.id)).rejects.toThrow(DuplicateKeyError);
        expect((await store.get(job.id))?.state).toBe("failed");
      });

      it("hold again after a failed job is retried", async () => {
        const { store, job } = await leased({ uniqueKey: "k" });
        await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "x" }]);
        expect(await store.retry(job.id)).toBe(true);
        expect(await store.insert([aJob({ uniqueKey: "k" })])).toMatchObject([{ inserted: false }]);
      });

      it("hold against inserts from everywhere at once", async () => {
        const { store, under } = await start();
        const other = await under.open();
        const inserts = Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? store : other).insert([aJob({ uniqueKey: "k" })]),
        );
        const answers = (await Promise.all(inserts)).flat();
        expect(answers.filter(({ inserted }) => inserted)).toHaveLength(1);
        expect(new Set(answers.map(({ record }) => record.id)).size).toBe(1);
      });
    });

    describe("claiming", () => {
      it("takes the best priority first, then the earliest, then the oldest (DJ-043)", async () => {
        const { store } = await start();
        const early = new Date(PAST.getTime() - 1_000);
        const jobs = [
          aJob({ priority: 5, runAt: early, queue: "a" }),
          aJob({ priority: 0, runAt: PAST, queue: "b" }),
          aJob({ priority: 0, runAt: early, queue: "c" }),
          aJob({ priority: -3, runAt: PAST, queue: "a" }),
          aJob({ priority: 0, runAt: PAST, queue: "a" }),
        ];
        await store.insert(jobs);
        const claimed = await store.claim(request());
        expect(claimed.map(({ id }) => id)).toEqual([3, 2, 1, 4, 0].map((index) => jobs[index]?.id));
      });

      it("takes no more than asked for, and the rest the next time (DJ-036)", async () => {
        const { store } = await start();
        await store.insert(someJobs(5, (index) => ({ runAt: PAST, priority: index })));
        expect((await store.claim(request({ limit: 1 }))).map(({ priority }) => priority)).toEqual([0]);
        expect((await store.claim(request({ limit: 3 }))).map(({ priority }) => priority)).toEqual([1, 2, 3]);
        expect(await store.claim(request())).toHaveLength(1);
        expect(await store.claim(request())).toEqual([]);
      });

      it("marks what it took, and counts the attempt (DJX-05)", async () => {
        const { store } = await start();
        const { id } = aJob();
        await store.insert([aJob({ id, runAt: PAST })]);
        const claim = request({ workerId: "w" });
        const [job] = await store.claim(claim);
        const marks = { state: "leased", attempts: 1, lockedBy: "w", lockToken: claim.token };
        expect(job).toMatchObject({ id, ...marks });
        expect(await store.get(id)).toMatchObject({
          ...marks,
          lockedAt: expect.any(Date),
          lockedUntil: expect.any(Date),
        });
        const lease = (await store.get(id))!;
        expect(lease.lockedUntil!.getTime() - lease.lockedAt!.getTime()).toBe(30_000);
      });

      it("leaves a job alone until it is due (DJ-032, DJ-033)", async () => {
        const { store } = await start();
        await store.insert([aJob({ runAt: FUTURE, priority: -10 }), aJob({ runAt: PAST, priority: 10 })]);
        expect((await store.claim(request())).map(({ priority }) => priority)).toEqual([10]);
      });

      it("leaves leased and failed jobs alone (DJ-031, DJ-035)", async () => {
        const { store, job } = await leased();
        expect(await store.claim(request({ workerId: "worker-2" }))).toEqual([]);
        await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "x" }]);
        expect(await store.claim(request())).toEqual([]);
      });

      it.each([
        [{ minPriority: 5 }, [5, 6]],
        [{ maxPriority: 5 }, [4, 5]],
        [{ minPriority: 5, maxPriority: 5 }, [5]],
        [{ minPriority: -1, maxPriority: 3 }, []],
      ])(
        "takes only priorities of a window, limits included: %j (DJ-044, DJ-045)",
        async (window, expected) => {
          const { store } = await start();
          await store.insert([4, 5, 6].map((priority) => aJob({ priority, runAt: PAST })));
          expect((await store.claim(request(window))).map(({ priority }) => priority)).toEqual(expected);
        },
      );

      it.each([
        [{ queues: ["large"] }, ["large"]],
        [{ queues: ["large", "small"] }, ["large", "small"]],
        [{ queues: [] }, ["large", "medium", "small"]],
        [{ exceptQueues: ["medium"] }, ["large", "small"]],
        [{ queues: ["large", "small"], exceptQueues: ["large"] }, ["small"]],
        [{ queues: ["none"] }, []],
      ])("takes only from its queues: %j (DJ-052, DJ-053, DJ-054)", async (queues, expected) => {
        const { store } = await start();
        await store.insert(["large", "medium", "small"].map((queue) => aJob({ queue, runAt: PAST })));
        const claimed = await store.claim(request(queues));
        expect(claimed.map(({ queue }) => queue).sort()).toEqual(expected);
      });

      it("finds a queue that is new since the last claim", async () => {
        const { store, under } = await start();
        const other = await under.open();
        await store.insert([aJob({ queue: "a", runAt: PAST })]);
        expect(await store.claim(request())).toHaveLength(1);
        expect(await store.claim(request())).toEqual([]);
        await other.insert([aJob({ queue: "b", runAt: PAST })]);
        await eventually("the new queue is claimed", async () => (await store.claim(request())).length === 1);
      });

      it("gives no job to two claims (DJX-26)", async () => {
        const { store, under } = await start();
        const stores = [store, await under.open(), await under.open(), await under.open()];
        await store.insert(someJobs(200, () => ({ runAt: PAST })));
        const drain = async (each: JobStore): Promise<string[]> => {
          const ids: string[] = [];
          for (let misses = 0; misses < 5; ) {
            const jobs = await each.claim(request({ limit: 7 }));
            ids.push(...jobs.map(({ id }) => id));
            misses = jobs.length === 0 ? misses + 1 : 0;
          }
          return ids;
        };
        const ids = (await Promise.all(stores.map(drain))).flat();
        expect(ids).toHaveLength(200);
        expect(new Set(ids).size).toBe(200);
        expect(await store.count({ state: "leased" })).toBe(200);
      });
    });

    describe("settling", () => {
      it("deletes a job that is done", async () => {
        const { store, job } = await leased();
        expect(await store.settle([{ ...keyOf(job), kind: "done" }])).toEqual([]);
        expect(await store.get(job.id)).toBeUndefined();
      });

      it("keeps a job that is done where a retention is set", async () => {
        const { store } = await start({ retention: 3_600_000 });
        await store.insert([aJob({ runAt: PAST })]);
        const [job] = await store.claim(request());
        expect(await store.settle([{ ...keyOf(job!), kind: "done" }])).toEqual([]);
        const kept = await store.get(job!.id);
        expect(kept).toMatchObject({ state: "done", finishedAt: expect.any(Date) });
        expect(kept).not.toHaveProperty("lockToken");
        expect(await store.claim(request())).toEqual([]);
      });

      it("makes a job that is to be retried ready at its time, unlocked, with its error (DJ-050, DJ-072)", async () => {
        const { store, job } = await leased();
        await store.settle([
          { ...keyOf(job), kind: "retry", runAt: FUTURE, error: "Error: x", counted: true },
        ]);
        const read = await store.get(job.id);
        expect(read).toMatchObject({ state: "ready", attempts: 1, runAt: FUTURE, lastError: "Error: x" });
        for (const field of ["lockToken", "lockedBy", "lockedAt", "lockedUntil"])
          expect(read).not.toHaveProperty(field);
      });

      it("gives the attempt back where it does not count, and keeps the checkpoint until there is a new one", async () => {
        const { store, job } = await leased();
        const retry = { kind: "retry", runAt: PAST, error: "x", counted: false } as const;
        await store.settle([{ ...keyOf(job), ...retry, checkpoint: { at: [1, { b: null }] } }]);
        const [second] = await store.claim(request());
        expect(second).toMatchObject({ attempts: 1, checkpoint: { at: [1, { b: null }] } });
        await store.settle([{ ...keyOf(second!), ...retry }]);
        expect(await store.get(job.id)).toMatchObject({ attempts: 0, checkpoint: { at: [1, { b: null }] } });
      });

      it("keeps a failed job with its error and reason", async () => {
        const { store, job } = await leased();
        await store.settle([{ ...keyOf(job), kind: "fail", error: "550 no", reason: "rejected" }]);
        const read = await store.get(job.id);
        expect(read).toMatchObject({
          state: "failed",
          lastError: "550 no",
          failReason: "rejected",
          failedAt: expect.any(Date),
        });
        expect(read).not.toHaveProperty("lockToken");
      });

      it("hands a released job back as it was", async () => {
        const { store, job } = await leased();
        await store.settle([{ ...keyOf(job), kind: "release" }]);
        expect(await store.get(job.id)).toMatchObject({ state: "ready", attempts: 0, runAt: job.runAt });
        expect(await store.claim(request())).toHaveLength(1);
      });

      it("takes many endings at once", async () => {
        const { store } = await start();
        await store.insert(someJobs(40, () => ({ runAt: PAST })));
        const jobs = await store.claim(request({ limit: 40 }));
        const kinds = ["done", "release", "fail", "retry"] as const;
        const lost = await store.settle(
          jobs.map((job, index) => ({
            ...keyOf(job),
            kind: kinds[index % 4]!,
            error: "x",
            reason: "x",
            runAt: FUTURE,
            counted: true,
          })) as never,
        );
        expect(lost).toEqual([]);
        expect(await store.count({ state: "failed" })).toBe(10);
        expect(await store.count({ state: "ready" })).toBe(20);
        expect(await store.count({})).toBe(30);
      });

      it.each(["done", "release", "fail", "retry"] as const)(
        "writes nothing with another claim's token: %s (DJX-04)",
        async (kind) => {
          const { store, job } = await leased();
          const settlement = {
            id: job.id,
            token: "not-mine",
            kind,
            error: "x",
            reason: "x",
            runAt: FUTURE,
            counted: true,
          };
          expect(await store.settle([settlement as never])).toEqual([{ id: job.id, token: "not-mine" }]);
          expect(await store.get(job.id)).toEqual(await unchanged(store, job));
        },
      );

      it("writes nothing after the lease moved on, and settles the others of the batch", async () => {
        const { store } = await start();
        await store.insert(someJobs(2, () => ({ runAt: PAST })));
        const [mine, stolen] = await store.claim(request());
        await store.settle([{ ...keyOf(stolen!), kind: "release" }]);
        const [theirs] = await store.claim(request({ workerId: "worker-2" }));
        const lost = await store.settle([
          { ...keyOf(mine!), kind: "done" },
          { ...keyOf(stolen!), kind: "done" },
        ]);
        expect(lost).toEqual([keyOf(stolen!)]);
        expect(await store.get(stolen!.id)).toMatchObject({ state: "leased", lockToken: theirs?.lockToken });
        expect(await store.get(mine!.id)).toBeUndefined();
      });
    });

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

      it("are left alone by the reaper while they last", async () => {
        const { store, job } = await leased();
        expect(await store.reap()).toEqual({ freed: 0, failed: 0 });
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

      it("fail the job as crashed when no attempt is left", async () => {
        const { store, job } = await leased({ maxAttempts: 1, uniqueKey: "k" }, { leaseMs: 1 });
        await eventually("the job is failed", async () => (await store.reap()).failed === 1);
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
            return freed + failed === 1;
          });
        }
        expect(await store.get(job.id)).toMatchObject({
          state: "failed",
          failReason: "crashed",
          crashes: MAX_CRASHES,
        });
      });
    });

    describe("looking", () => {
      it("finds by state, queue, performable, action, group and key", async () => {
        const { store } = await start();
        const jobs = [
          aJob({ queue: "q", performable: "P", action: "a", group: "g", uniqueKey: "k" }),
          aJob({ queue: "q", performable: "P", action: "b" }),
          aJob({ queue: "r", performable: "R", action: "a" }),
        ];
        await store.insert(jobs);
        const ids = async (filter: object) =>
          (await store.find(filter)).map(({ id }) => jobs.findIndex((job) => job.id === id));
        expect(await ids({ queue: "q" })).toEqual([0, 1]);
        expect(await ids({ performable: "P", action: "b" })).toEqual([1]);
        expect(await ids({ group: "g" })).toEqual([0]);
        expect(await ids({ uniqueKey: "k" })).toEqual([0]);
        expect(await ids({ state: "failed" })).toEqual([]);
        expect(await store.count({ queue: "q", state: "ready" })).toBe(2);
      });

      it("orders and pages", async () => {
        const { store } = await start();
        const jobs = someJobs(5);
        await store.insert(jobs);
        const ids = jobs.map(({ id }) => id);
        expect((await store.find({ order: "newest" })).map(({ id }) => id)).toEqual(ids.toReversed());
        expect((await store.find({ limit: 2, offset: 2 })).map(({ id }) => id)).toEqual(ids.slice(2, 4));
      });

      it("gives the job that failed last as the newest of the failed ones", async () => {
        const { store } = await start();
        await store.insert(someJobs(2, () => ({ runAt: PAST })));
        const [first, second] = await store.claim(request());
        await store.settle([{ ...keyOf(second!), kind: "fail", error: "x", reason: "x" }]);
        await eventually("the clock moved on", () => new Date() > new Date(Date.now() - 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
        await store.settle([{ ...keyOf(first!), kind: "fail", error: "x", reason: "x" }]);
        expect(await store.find({ state: "failed", order: "newest", limit: 1 })).toMatchObject([
          { id: first!.id },
        ]);
      });

      it("counts by queue and state", async () => {
        const { store } = await start();
        await store.insert([aJob({ queue: "b" }), aJob({ queue: "a", priority: -1 }), aJob({ queue: "a" })]);
        await store.claim(request({ limit: 1 }));
        expect(await store.counts()).toEqual([
          { queue: "a", state: "leased", count: 1 },
          { queue: "a", state: "ready", count: 1 },
          { queue: "b", state: "ready", count: 1 },
        ]);
      });

      it.each(["0123456789abcdef01234567", "no id at all", ""])("knows no job %j", async (id) => {
        const { store } = await start();
        expect(await store.get(id)).toBeUndefined();
        expect(await store.retry(id)).toBe(false);
        expect(await store.remove(id)).toBe(false);
      });
    });

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

      it("neither retries nor removes a job that a worker holds", async () => {
        const { store, job } = await leased();
        expect(await store.retry(job.id)).toBe(false);
        expect(await store.remove(job.id)).toBe(false);
        expect((await store.get(job.id))?.state).toBe("leased");
      });

      it("removes a job", async () => {
        const { store } = await start();
        const job = aJob();
        await store.insert([job]);
        expect(await store.remove(job.id)).toBe(true);
        expect(await store.remove(job.id)).toBe(false);
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

    it("rings soon after a job was stored, here or by another process", async () => {
      const { store, under } = await start();
      const other = await under.open();
      let rings = 0;
      const stop = store.watch(() => (rings += 1));
      await store.insert([aJob()]);
      expect(rings).toBeGreaterThan(0);
      const before = rings;
      await eventually("it rings for another store's insert", async () => {
        await other.insert([aJob()]);
        return rings > before;
      });
      stop();
    });
  });
}

/** A claimed job as the store has it: the times of its lease are the server's. */
async function unchanged(store: JobStore, job: JobRecord): Promise<JobRecord | undefined> {
  const now = await store.get(job.id);
  return now && { ...job, lockedAt: now.lockedAt!, lockedUntil: now.lockedUntil! };
}
