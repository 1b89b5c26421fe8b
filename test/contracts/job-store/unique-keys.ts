import { describe, expect, it } from "vitest";
import { DuplicateKeyError } from "../../../src/errors/errors.ts";
import { eventually } from "../../support/eventually.ts";
import { aJob } from "../../support/jobs.ts";
import { FUTURE, keyOf, PAST, request, type Setup } from "./setup.ts";

export function describeUniqueKeys({ start, leased }: Setup): void {
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

    it("hold for a while after the job is done, and then no longer", async () => {
      const { store, job } = await leased({ uniqueKey: "k", uniqueFor: 500 });
      await store.settle([{ ...keyOf(job), kind: "done", holdKeyMs: 500 }]);
      const [refused] = await store.insert([aJob({ uniqueKey: "k" })]);
      expect(refused).toMatchObject({
        inserted: false,
        record: { id: job.id, state: "done", uniqueFor: 500 },
      });
      expect(await store.claim(request())).toEqual([]);
      await eventually(
        "the key is free",
        async () => (await store.insert([aJob({ uniqueKey: "k" })]))[0]!.inserted,
      );
      expect(await store.count({ uniqueKey: "k", state: "ready" })).toBe(1);
    });

    it("let another call take the place of a waiting job, which keeps its id", async () => {
      const { store } = await start();
      const first = aJob({ uniqueKey: "k", args: [1], group: "g", backoff: [5], runAt: PAST });
      await store.insert([first]);
      const second = aJob({
        uniqueKey: "k",
        args: [2],
        queue: "other",
        priority: 3,
        maxRunTime: 9,
        runAt: FUTURE,
      });
      const replaced = await store.replace(first.id, second);
      expect(replaced).toMatchObject({ ...second, id: first.id, state: "ready", attempts: 0 });
      for (const field of ["group", "backoff"]) expect(replaced).not.toHaveProperty(field);
      expect(await store.get(first.id)).toEqual(replaced);
      expect(await store.count({})).toBe(1);
    });

    it("let no call take the place of a job that runs or is gone", async () => {
      const { store, job } = await leased({ uniqueKey: "k", args: [1] });
      expect(await store.replace(job.id, aJob({ uniqueKey: "k", args: [2] }))).toBeUndefined();
      expect(await store.get(job.id)).toMatchObject({ state: "leased", args: [1] });
      await store.settle([{ ...keyOf(job), kind: "done" }]);
      expect(await store.replace(job.id, aJob({ uniqueKey: "k" }))).toBeUndefined();
    });

    it("lose no call that takes the place of a job while another process claims it", async () => {
      const { store, under } = await start();
      const other = await under.open();
      for (let round = 0; round < 40; round++) {
        const job = aJob({ uniqueKey: `k${round}`, args: ["old"] });
        await store.insert([job]);
        const replacing = other.replace(job.id, aJob({ uniqueKey: `k${round}`, args: ["new"] }));
        const [replaced, claimed] = await Promise.all([replacing, store.claim(request())]);
        // The other process may have stamped the job with a clock that is some ms ahead: it is due a moment later.
        const claimSome = async () => {
          const some = await store.claim(request());
          return some.length > 0 && some;
        };
        const performed = claimed.length > 0 ? claimed : await eventually("a claim of the job", claimSome);
        expect(performed.map(({ args }) => args)).toEqual([[replaced ? "new" : "old"]]);
      }
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
}
