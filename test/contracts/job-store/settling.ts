import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { FUTURE, keyOf, PAST, request, type Setup, unchanged } from "./setup.ts";

export function describeSettling({ start, leased }: Setup): void {
  describe("settling", () => {
    it("are done once: who comes after another has done the job hears that it is lost", async () => {
      const { store, job } = await leased({}, { leaseMs: 1 });
      await eventually("the lease is freed", async () => (await store.reap()).freed === 1);
      const [again] = await store.claim(request());
      expect(await store.settle([{ ...keyOf(again!), kind: "done" }])).toEqual([]);
      expect(await store.settle([{ ...keyOf(job), kind: "done" }])).toEqual([keyOf(job)]);
    });

    it("drop a job that is given up and not to be kept", async () => {
      const { store, job } = await leased({ uniqueKey: "k" });
      expect(
        await store.settle([{ ...keyOf(job), kind: "fail", error: "x", reason: "x", keep: false }]),
      ).toEqual([]);
      expect(await store.get(job.id)).toBeUndefined();
      expect(await store.insert([aJob({ uniqueKey: "k" })])).toMatchObject([{ inserted: true }]);
    });

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
      await store.settle([{ ...keyOf(job), kind: "retry", runAt: FUTURE, error: "Error: x", counted: true }]);
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

    it("keeps the errors of the last ten attempts that counted, cut, also when somebody has it tried again", async () => {
      const { store, job } = await leased();
      const long = `Error: ${"x".repeat(5_000)}`;
      let held = job;
      for (let attempt = 1; attempt <= 12; attempt++) {
        const retry = {
          kind: "retry",
          runAt: PAST,
          error: `${attempt} ${long}`,
          counted: true,
          attempt,
        } as const;
        await store.settle([{ ...keyOf(held), ...retry }]);
        [held = job] = await store.claim(request());
      }
      await store.settle([{ ...keyOf(held), kind: "retry", runAt: PAST, error: "busy", counted: false }]);
      [held = job] = await store.claim(request());
      await store.settle([
        { ...keyOf(held), kind: "fail", error: "550 no", reason: "rejected", attempt: 13 },
      ]);
      await store.retry(job.id);
      const { errors = [], lastError } = (await store.get(job.id)) ?? {};
      expect(errors.map(({ attempt }) => attempt)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
      expect(errors[0]?.error).toMatch(/^4 Error: x+…$/);
      expect(errors[0]?.error).toHaveLength(2_000);
      expect(errors.at(-1)).toEqual({ attempt: 13, at: expect.any(Date), error: "550 no" });
      expect(lastError).toBeUndefined();
      const texts = errors.map((each) => ({ ...each, error: "erased" }));
      expect(await store.rewriteTexts(job.id, { errors: texts })).toBe(true);
      expect((await store.get(job.id))?.errors).toEqual(texts);
    });

    it("keeps among them that a worker went away with the job", async () => {
      const { store, job } = await leased({}, { leaseMs: 1 });
      await eventually("the lease is freed", async () => (await store.reap()).freed === 1);
      const gone = { attempt: 1, at: expect.any(Date), error: expect.stringContaining("went away") };
      expect((await store.get(job.id))?.errors).toEqual([gone]);
      const crashing = await leased({ maxAttempts: 1 }, { leaseMs: 1 });
      await eventually("it is failed", async () => (await crashing.store.reap()).failed.length === 1);
      expect((await crashing.store.get(crashing.job.id))?.errors).toEqual([gone]);
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

    it("takes none at all", async () => {
      const { store } = await start();
      expect(await store.settle([])).toEqual([]);
    });

    it.each(["fail", "retry"] as const)("tells that another finished the job before: %s", async (kind) => {
      const { store, job } = await leased();
      await store.settle([{ ...keyOf(job), kind: "release" }]);
      const [theirs] = await store.claim(request({ workerId: "worker-2" }));
      await store.settle([{ ...keyOf(theirs!), kind: "done" }]);
      const late = { ...keyOf(job), kind, error: "x", reason: "x", runAt: PAST, counted: true };
      expect(await store.settle([late])).toEqual([keyOf(job)]);
      expect(await store.get(job.id)).toBeUndefined();
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
}
