import { describe, expect, it } from "vitest";
import type { JobStore } from "../../../src/jobs/job-store.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { FUTURE, keyOf, PAST, request, type Setup, unchanged } from "./setup.ts";

export function describeClaiming({ start, leased }: Setup): void {
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

    it("gives no held job to a worker of the same name, nor to the one that holds it (DJ-038, DJX-03)", async () => {
      const { store } = await leased({}, { workerId: "host:1" });
      expect(await store.claim(request({ workerId: "host:1" }))).toEqual([]);
    });

    it("takes one job as it takes many", async () => {
      const { store } = await start();
      const jobs = [aJob({ priority: 1, runAt: PAST }), aJob({ priority: 0, runAt: PAST })];
      await store.insert([...jobs, aJob({ runAt: FUTURE, priority: -1 })]);
      const claim = request({ limit: 1 });
      const [job] = await store.claim(claim);
      expect(job).toMatchObject({ id: jobs[1]?.id, attempts: 1, lockToken: claim.token });
      expect(await store.get(job!.id)).toEqual(await unchanged(store, job!));
      expect(await store.claim(request({ limit: 1, queues: ["none"] }))).toEqual([]);
    });

    it("takes nothing where nothing is asked for", async () => {
      const { store } = await start();
      await store.insert([aJob({ runAt: PAST })]);
      expect(await store.claim(request({ limit: 0 }))).toEqual([]);
    });

    it("finds at once what another process stored while all was empty", async () => {
      const { store, under } = await start();
      const other = await under.open();
      expect(await store.claim(request())).toEqual([]);
      await other.insert([aJob({ queue: "new", runAt: PAST })]);
      expect(await store.claim(request())).toHaveLength(1);
    });

    it("is not kept from due jobs by better ones that are due later", async () => {
      const { store } = await start();
      const later = ["a", "b", "c"].flatMap((queue) =>
        someJobs(30, (index) => ({ queue, priority: (index % 5) - 9, runAt: FUTURE })),
      );
      const due = ["a", "b", "c"].map((queue) => aJob({ queue, priority: 9, runAt: PAST }));
      await store.insert([...later, ...due]);
      const claimed = await store.claim(request({ limit: 5 }));
      expect(claimed.map(({ id }) => id)).toEqual(due.map(({ id }) => id));
    });

    it("finds a queue that is new since the last claim", async () => {
      const { store, under } = await start();
      const other = await under.open();
      await store.insert([aJob({ queue: "a", runAt: PAST })]);
      expect(await store.claim(request())).toHaveLength(1);
      expect(await store.claim(request())).toEqual([]);
      await other.insert([aJob({ queue: "b", runAt: PAST })]);
      expect(await store.claim(request())).toHaveLength(1);
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
}
