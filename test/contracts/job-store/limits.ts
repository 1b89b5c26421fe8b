import { describe, expect, it } from "vitest";
import { PARKED } from "../../../src/jobs/batch.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { FUTURE, keyOf, PAST, request, type Setup } from "./setup.ts";

/** What limits ask of the jobs of a key. */
export function describeLimits({ start }: Setup): void {
  describe("a limit's key", () => {
    const limit = { key: "customer-7", concurrency: 2, rate: { limit: 10, per: 60_000 } };

    it("is kept with its job", async () => {
      const { store } = await start();
      const job = aJob({ limit });
      await store.insert([job]);
      expect((await store.get(job.id))?.limit).toEqual(limit);
    });

    it("has its due jobs put behind in one step, the claimed ones without an attempt", async () => {
      const { store } = await start();
      const later = aJob({ limit, runAt: FUTURE });
      await store.insert([...someJobs(3, () => ({ limit, runAt: PAST })), later, aJob({ runAt: PAST })]);
      const [claimed] = await store.claim(request({ limit: 1 }));
      await store.putBehind([keyOf(claimed!)], [limit]);
      expect(await store.get(claimed!.id)).toMatchObject({
        ...{ state: "ready", attempts: 0, runAt: PARKED, dueAt: claimed?.runAt },
      });
      expect((await store.get(claimed!.id))?.lockToken).toBeUndefined();
      expect((await store.get(later.id))?.runAt).toEqual(FUTURE);
      expect(await store.claim(request())).toHaveLength(1);
      expect(await store.settle([{ ...keyOf(claimed!), kind: "done" }])).toHaveLength(1);
    });

    it("brings the best forward, as many as are asked for", async () => {
      const { store } = await start();
      const jobs = [3, 1, 2].map((priority) => aJob({ limit, priority, runAt: PAST }));
      await store.insert(jobs);
      await store.putBehind([], [limit]);
      expect(await store.bringForward({ ...limit, key: "another" }, 5)).toBe(0);
      expect(await store.bringForward(limit, 2)).toBe(2);
      const claimed = await store.claim(request());
      expect(claimed.map(({ priority }) => priority)).toEqual([1, 2]);
      expect(claimed.map(({ runAt, dueAt }) => [runAt, dueAt])).toEqual([
        [PAST, undefined],
        [PAST, undefined],
      ]);
      expect(await store.bringForward(limit, 2)).toBe(1);
      expect(await store.bringForward(limit, 2)).toBe(0);
    });

    it("is found while something is behind it", async () => {
      const { store } = await start();
      await store.insert(["b", "a", "c"].map((key) => aJob({ limit: { ...limit, key }, runAt: PAST })));
      expect(await store.nextBehind("")).toBeUndefined();
      await store.putBehind(
        [],
        ["a", "b"].map((key) => ({ ...limit, key })),
      );
      expect(await store.nextBehind("")).toEqual({ ...limit, key: "a" });
      expect(await store.nextBehind("a")).toEqual({ ...limit, key: "b" });
      expect(await store.nextBehind("b")).toBeUndefined();
      expect(await store.countBehind("a", 9)).toBe(1);
      expect(await store.countBehind("c", 9)).toBe(0);
    });

    it("has what is behind it counted, no further than asked for", async () => {
      const { store } = await start();
      await store.insert([...someJobs(5, () => ({ limit, runAt: PAST })), aJob({ limit, runAt: FUTURE })]);
      await store.putBehind([], [limit]);
      expect(await store.countBehind(limit.key, 9)).toBe(5);
      expect(await store.countBehind(limit.key, 3)).toBe(3);
    });

    it("has those alone put behind and brought forward whose limit has the same numbers", async () => {
      const { store } = await start();
      const [key, rate] = [limit.key, limit.rate];
      const others = [
        { key, concurrency: 1 },
        { key, rate },
        { ...limit, rate: { ...rate, limit: 9 } },
      ];
      await store.insert([limit, ...others].map((each) => aJob({ limit: each, runAt: PAST })));
      for (const other of others) await store.putBehind([], [other]);
      expect(await store.countBehind(key, 9)).toBe(3);
      expect(await store.bringForward(limit, 9)).toBe(0);
      for (const other of others) {
        expect(await store.bringForward(other, 9)).toBe(1);
        expect(await store.bringForward(other, 9)).toBe(0);
      }
      expect(await store.claim(request())).toHaveLength(4);
    });

    it("holds no job that somebody wants now", async () => {
      const { store } = await start();
      const jobs = someJobs(2, () => ({ limit, runAt: PAST }));
      await store.insert(jobs);
      await store.putBehind([], [limit]);
      await store.retry(jobs[0]!.id);
      await store.reschedule(jobs[1]!.id, PAST);
      expect(await store.claim(request())).toHaveLength(2);
      expect(await store.nextBehind("")).toBeUndefined();
    });

    it("is not what a batch starts", async () => {
      const { store } = await start();
      await store.insert([aJob({ limit, group: "batch:1", runAt: PAST })]);
      await store.putBehind([], [limit]);
      expect(await store.startParked("batch:1")).toBe(0);
    });
  });
}
