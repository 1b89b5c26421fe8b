import { describe, expect, it } from "vitest";
import { aJob } from "../../support/jobs.ts";
import { keyOf, PAST, request, type Setup } from "./setup.ts";

export function describeNotes({ start, leased }: Setup): void {
  describe("what an attempt leaves before it ends", () => {
    it("is how far it is, by the store's clock, and what the next attempt is to know", async () => {
      const { store, job } = await leased();
      const before = Date.now() + store.clockOffset;
      expect(await store.note(keyOf(job), { progress: { share: 0.25, text: "row 4,000" } })).toBe(true);
      const { progress } = (await store.get(job.id))!;
      expect(progress).toEqual({ share: 0.25, text: "row 4,000", at: expect.any(Date) });
      expect(Math.abs(progress!.at.getTime() - before)).toBeLessThan(60_000);
      expect(await store.note(keyOf(job), { checkpoint: { row: [1, { b: null }] } })).toBe(true);
      expect(await store.get(job.id)).toMatchObject({ checkpoint: { row: [1, { b: null }] }, progress });
      expect(await store.note(keyOf(job), { progress: { share: 1 }, checkpoint: null })).toBe(true);
      const after = await store.get(job.id);
      expect(after?.progress).toEqual({ share: 1, at: expect.any(Date) });
      expect(after?.checkpoint).toBeNull();
      expect(after?.state).toBe("leased");
    });

    it("is for the next attempt, whatever becomes of this one", async () => {
      const { store, job } = await leased();
      await store.note(keyOf(job), { checkpoint: 7, progress: { share: 0.5 } });
      await store.settle([{ ...keyOf(job), kind: "release" }]);
      const [again] = await store.claim(request());
      expect(again).toMatchObject({ checkpoint: 7, progress: { share: 0.5 } });
    });

    it("is not written where the lease was lost, or the job is gone", async () => {
      const { store, job } = await leased();
      await store.settle([{ ...keyOf(job), kind: "release" }]);
      expect(await store.note(keyOf(job), { checkpoint: 1 })).toBe(false);
      expect(await store.get(job.id)).not.toHaveProperty("checkpoint");
      await store.cancel(job.id);
      expect(await store.note(keyOf(job), { progress: { share: 1 } })).toBe(false);
      expect(await store.note({ id: "no id", token: "t" }, { progress: { share: 1 } })).toBe(false);
    });

    it("goes with the call when another call takes its place", async () => {
      const { store, job } = await leased({ uniqueKey: "k" });
      await store.note(keyOf(job), { checkpoint: 7, progress: { share: 0.5 } });
      await store.settle([{ ...keyOf(job), kind: "release" }]);
      const replaced = await store.replace(job.id, aJob({ uniqueKey: "k", resultFor: 5_000 }));
      expect(replaced).toMatchObject({ id: job.id, resultFor: 5_000 });
      for (const field of ["checkpoint", "progress"]) expect(replaced).not.toHaveProperty(field);
    });
  });

  describe("a result", () => {
    it("is kept with the done job for the time asked, and read back", async () => {
      const { store, job } = await leased({ resultFor: 60_000 });
      expect(job.resultFor).toBe(60_000);
      const result = { rows: [1, { "@bigint": "2" }], none: null };
      await store.settle([{ ...keyOf(job), kind: "done", keepMs: 60_000, result }]);
      await store.reap();
      expect(await store.get(job.id)).toMatchObject({ state: "done", result, resultFor: 60_000 });
      expect(await store.count({ state: "done" })).toBe(1);
    });

    it("does not keep the unique key, and a key that is held does not drop the result", async () => {
      const { store } = await start();
      await store.insert([aJob({ runAt: PAST, uniqueKey: "k" }), aJob({ runAt: PAST, uniqueKey: "held" })]);
      const [first, second] = await store.claim(request());
      await store.settle([
        { ...keyOf(first!), kind: "done", keepMs: 60_000, result: 1 },
        { ...keyOf(second!), kind: "done", keepMs: 60_000, holdKeyMs: 60_000, result: 2 },
      ]);
      const inserted = await store.insert([aJob({ uniqueKey: "k" }), aJob({ uniqueKey: "held" })]);
      expect(inserted.map((each) => each.inserted)).toEqual([true, false]);
      expect((await store.get(second!.id))?.result).toBe(2);
    });

    it("may be nothing: the job is kept all the same", async () => {
      const { store, job } = await leased();
      await store.settle([{ ...keyOf(job), kind: "done", keepMs: 60_000, error: "too large" }]);
      expect((await store.get(job.id))?.lastError).toBe("too large");
      const kept = await store.get(job.id);
      expect(kept?.state).toBe("done");
      expect(kept).not.toHaveProperty("result");
    });
  });
}
