import { afterEach, describe, expect, it } from "vitest";
import type { BatchStore, NewBatch } from "../../src/batches/batch-store.ts";
import { newObjectId } from "../../src/jobs/object-id.ts";

/** What every store of batches has to do. @param open opens one on a new database, and gives how to close it */
export function describeBatchStore(
  name: string,
  open: () => Promise<{ readonly batches: BatchStore; readonly close: () => Promise<void> }>,
): void {
  describe(`${name} as a store of batches`, () => {
    const closing: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });
    const start = async () => {
      const { batches, close } = await open();
      closing.push(close);
      return batches;
    };

    it("gives a key to the first who asks, however many ask at once", async () => {
      const batches = await start();
      const wanted = [1, 2, 3].map((total) => aBatch({ key: "import", total }));
      const begun = await Promise.all(wanted.map((each) => batches.begin(each)));
      expect(begun.filter(({ inserted }) => inserted)).toHaveLength(1);
      expect(new Set(begun.map(({ record }) => record.id)).size).toBe(1);
      expect(await batches.find("import")).toEqual(begun[0]?.record);
      expect(begun[0]?.record.state).toBe("storing");
    });

    it("keeps when its jobs are due, and finds it by its id", async () => {
      const batches = await start();
      const runAt = new Date("2026-12-24T08:00:00Z");
      const wanted = aBatch({ runAt });
      await batches.begin(wanted);
      expect(await batches.find(wanted.id)).toEqual({ ...wanted, state: "storing" });
      expect(await batches.find("another")).toBeUndefined();
    });

    it("goes from state to state once, whoever tries", async () => {
      const batches = await start();
      const { id } = aBatch();
      await batches.begin(aBatch({ id }));
      const tries = [1, 2, 3].map(() => batches.advance(id, "storing", "starting"));
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
      expect(await batches.advance(id, "storing", "running")).toBe(false);
      expect((await batches.find(id))?.state).toBe("starting");
    });

    it("decides once what a running one came to, and tells everybody that", async () => {
      const batches = await start();
      const { id } = await running(batches);
      const [first, second] = [
        { done: 2, failed: 1, cancelled: 0 },
        { done: 3, failed: 0, cancelled: 0 },
      ];
      expect((await batches.decide(id, first))?.counts).toEqual(first);
      expect(await batches.decide(id, second)).toMatchObject({ state: "ending", counts: first });
      const at = new Date("2026-01-02T00:00:00Z");
      expect(await batches.end(id, at)).toBe(true);
      expect(await batches.end(id, at)).toBe(false);
      expect(await batches.find(id)).toMatchObject({ state: "ended", counts: first, endedAt: at });
      expect(await batches.decide(newObjectId(), first)).toBeUndefined();
    });

    it("decides nothing of one that is not running", async () => {
      const batches = await start();
      const { id } = aBatch();
      await batches.begin(aBatch({ id }));
      const record = await batches.decide(id, { done: 0, failed: 0, cancelled: 0 });
      expect(record?.state).toBe("storing");
      expect(record?.counts).toBeUndefined();
    });

    it("lists the newest first, the open ones oldest first, and those that ended before a time", async () => {
      const batches = await start();
      const first = await running(batches);
      const second = await running(batches);
      const third = await running(batches);
      await batches.decide(second.id, { done: 3, failed: 0, cancelled: 0 });
      await batches.end(second.id, new Date("2026-01-02T00:00:00Z"));
      expect((await batches.list(2)).map(({ id }) => id)).toEqual([third.id, second.id]);
      expect(await batches.list(0)).toEqual([]);
      expect((await batches.open()).map(({ id }) => id)).toEqual([first.id, third.id]);
      expect(await batches.endedBefore(new Date("2026-01-02T00:00:00Z"))).toEqual([]);
      expect(await batches.endedBefore(new Date("2026-01-03T00:00:00Z"))).toEqual([second.id]);
    });

    it("removes one in the state that is asked for, and frees its key", async () => {
      const batches = await start();
      const { id, key } = await running(batches);
      expect(await batches.remove(id, "ended")).toBe(false);
      expect(await batches.remove(id, "running")).toBe(true);
      expect((await batches.begin(aBatch({ key }))).inserted).toBe(true);
    });

    it("gives it another key", async () => {
      const batches = await start();
      const { id, key } = await running(batches);
      expect(await batches.rename(id, "blank")).toBe(true);
      expect(await batches.find(key)).toBeUndefined();
      expect((await batches.find("blank"))?.id).toBe(id);
      expect(await batches.rename(newObjectId(), "other")).toBe(false);
    });
  });
}

function aBatch(changes: Partial<NewBatch> = {}): NewBatch {
  const id = newObjectId();
  return { id, key: `key of ${id}`, total: 3, createdAt: new Date("2026-01-01T00:00:00Z"), ...changes };
}

async function running(batches: BatchStore): Promise<NewBatch> {
  const batch = aBatch();
  await batches.begin(batch);
  await batches.advance(batch.id, "storing", "running");
  return batch;
}
