import { describe, expect, it } from "vitest";
import { PARKED } from "../../../src/jobs/batch.ts";
import { eventually } from "../../support/eventually.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { FUTURE, keyOf, request, type Setup } from "./setup.ts";

/** What batches ask of the jobs of a group. */
export function describeGroups({ start, leased }: Setup): void {
  describe("a group", () => {
    const group = "batch:1";

    it("claims no job that is parked, and tells of none that is due", async () => {
      const { store } = await start();
      await store.insert([aJob({ group, runAt: PARKED })]);
      expect(await store.claim(request())).toEqual([]);
      expect(await store.nextDue(request(), 3_600_000)).toBeUndefined();
      expect(await store.overdue(FUTURE)).toEqual([]);
    });

    it("gives parked jobs their time once, and leaves others alone", async () => {
      const { store } = await start();
      const own = aJob({ group, runAt: FUTURE });
      const other = aJob({ group: "batch:2", runAt: PARKED });
      await store.insert([...someJobs(2, () => ({ group, runAt: PARKED })), own, other]);
      expect(await store.startParked(group)).toBe(2);
      expect(await store.startParked(group)).toBe(0);
      expect(await store.claim(request())).toHaveLength(2);
      expect((await store.get(own.id))?.runAt).toEqual(FUTURE);
      expect((await store.get(other.id))?.runAt).toEqual(PARKED);
      expect(await store.startParked("batch:2", FUTURE)).toBe(1);
      expect((await store.get(other.id))?.runAt).toEqual(FUTURE);
    });

    it("knows whether a job of it waits or runs", async () => {
      const { store, job } = await leased({ group });
      expect(await store.hasLive(group)).toBe(true);
      expect(await store.hasLive("batch:2")).toBe(false);
      await store.settle([{ ...keyOf(job), kind: "fail", error: "no", reason: "no" }]);
      expect(await store.hasLive(group)).toBe(false);
      await store.retry(job.id);
      expect(await store.hasLive(group)).toBe(true);
    });

    it("keeps done jobs until they are released, and then for as long as their result asks", async () => {
      const { store, job } = await leased({ group });
      const [kept] = await store.insert([aJob({ group, resultFor: 3_600_000 })]);
      const [keeping] = await store.claim(request());
      const keepMs = 1_000_000_000;
      await store.settle([
        { ...keyOf(job), kind: "done", keepMs },
        { ...keyOf(keeping!), kind: "done", keepMs, result: 7 },
      ]);
      expect(await store.count({ group, state: "done" })).toBe(2);
      await store.reap();
      expect(await store.count({ group, state: "done" })).toBe(2);
      await store.releaseDone(group);
      await eventually("what nobody keeps is gone", async () => {
        await store.reap();
        return (await store.get(job.id)) === undefined;
      });
      expect((await store.get(kept?.record.id ?? ""))?.result).toBe(7);
    }, 120_000);
  });
}
