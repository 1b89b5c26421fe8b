import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { FUTURE, keyOf, PAST, request, type Setup } from "./setup.ts";

export function describeQueues({ start, leased }: Setup): void {
  describe("queues", () => {
    it("take turns, so that a flood in one does not hold up another of the same priority", async () => {
      const { store } = await start();
      await store.insert(someJobs(300, () => ({ queue: "newsletters", runAt: PAST })));
      await store.insert([aJob({ queue: "mail" }), aJob({ queue: "mail" })]);
      const claimed = await store.claim(request({ limit: 100 }));
      expect(claimed).toHaveLength(100);
      expect(claimed.filter(({ queue }) => queue === "mail")).toHaveLength(2);
    });

    it("take turns from claim to claim too", async () => {
      const { store } = await start();
      await store.insert(someJobs(9, () => ({ queue: "a", runAt: PAST })));
      await store.insert(someJobs(9, () => ({ queue: "b" })));
      const queues = [];
      for (let claim = 0; claim < 4; claim++)
        queues.push(...(await store.claim(request({ limit: 1 }))).map(({ queue }) => queue));
      expect(queues).toEqual(["a", "b", "a", "b"]);
    });

    it("are emptied in the order given, where the order is strict", async () => {
      const { store } = await start();
      await store.insert(someJobs(5, () => ({ queue: "a", priority: -9, runAt: PAST })));
      await store.insert(someJobs(3, () => ({ queue: "b" })));
      const claimed = await store.claim(request({ limit: 4, order: "strict", queues: ["b", "a"] }));
      expect(claimed.map(({ queue }) => queue)).toEqual(["b", "b", "b", "a"]);
    });

    it("do not matter, where the order is by priority and time alone", async () => {
      const { store } = await start();
      await store.insert([
        aJob({ queue: "b", priority: 1, runAt: PAST }),
        ...someJobs(3, () => ({ queue: "a", runAt: PAST })),
      ]);
      const claimed = await store.claim(request({ limit: 3, order: "priority" }));
      expect(claimed.map(({ queue }) => queue)).toEqual(["a", "a", "a"]);
    });

    it("give no more than there is room for, and leave that to the others", async () => {
      const { store } = await start();
      await store.insert(someJobs(9, () => ({ queue: "a", priority: -1 })));
      await store.insert(someJobs(9, () => ({ queue: "b" })));
      const claimed = await store.claim(request({ limit: 6, room: { a: 2 } }));
      expect(claimed.map(({ queue }) => queue)).toEqual(["a", "a", "b", "b", "b", "b"]);
    });

    it("give nothing while they are paused, and the others go on", async () => {
      const { store } = await start();
      await store.insert([aJob({ queue: "a" }), aJob({ queue: "b" })]);
      await store.pauseQueue("a");
      await store.pauseQueue("a");
      expect(await store.pausedQueues()).toEqual(["a"]);
      expect(await store.claim(request())).toMatchObject([{ queue: "b" }]);
      expect(await store.claim(request({ queues: ["a"] }))).toEqual([]);
      await store.resumeQueue("a");
      expect(await store.pausedQueues()).toEqual([]);
      expect(await store.claim(request())).toMatchObject([{ queue: "a" }]);
    });

    it("are paused and opened for other processes too, which are told", async () => {
      const { store, under } = await start();
      const other = await under.open();
      let rings = 0;
      const stop = other.watch(() => {
        rings += 1;
      });
      await other.insert([aJob({ queue: "a" })]);
      await store.pauseQueue("a");
      await eventually("the pause is known", async () => {
        const claimed = await other.claim(request());
        await other.settle(claimed.map((job) => ({ ...keyOf(job), kind: "release" })));
        return claimed.length === 0;
      });
      rings = 0;
      await store.resumeQueue("a");
      await eventually("the other process is told", () => rings > 0);
      await eventually("the queue is open", async () => (await other.claim(request())).length === 1);
      stop();
    });

    it("tell when their next job is due, if that is soon", async () => {
      const { store } = await start();
      const soon = new Date(Date.now() + 20_000);
      await store.insert([
        aJob({ queue: "a", runAt: FUTURE }),
        aJob({ queue: "a", runAt: soon, priority: 3 }),
        aJob({ queue: "b", runAt: new Date(soon.getTime() - 5_000) }),
      ]);
      expect(await store.nextDue(request(), 1_000)).toBeUndefined();
      expect(await store.nextDue(request({ queues: ["a"] }), 60_000)).toEqual(soon);
      expect(await store.nextDue(request({ queues: ["a"], maxPriority: 2 }), 60_000)).toBeUndefined();
      expect(await store.nextDue(request({ queues: ["c"] }), 60_000)).toBeUndefined();
    });
  });

  describe("the leases of a worker that is gone", () => {
    it("are freed at once, and counted as a crash (DJ-048)", async () => {
      const { store, job } = await leased({}, { workerId: "worker1" });
      expect(await store.reap("worker1")).toEqual({ freed: 1, failed: [] });
      expect(await store.get(job.id)).toMatchObject({ state: "ready", crashes: 1, attempts: 1 });
      expect(await store.settle([{ ...keyOf(job), kind: "done" }])).toEqual([keyOf(job)]);
    });

    it("are no other worker's (DJ-049)", async () => {
      const { store, job } = await leased({}, { workerId: "worker1" });
      expect(await store.reap("different_worker")).toEqual({ freed: 0, failed: [] });
      expect((await store.get(job.id))?.state).toBe("leased");
    });
  });
}
