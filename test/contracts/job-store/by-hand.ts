import { describe, expect, it } from "vitest";
import { aJob, someJobs } from "../../support/jobs.ts";
import { FUTURE, keyOf, PAST, request, type Setup } from "./setup.ts";

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
}
