import { describe, expect, it } from "vitest";
import { StoreError } from "../../../src/errors/errors.ts";
import type { Json } from "../../../src/jobs/job-record.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { FUTURE, request, type Setup } from "./setup.ts";

export function describeInserting({ start }: Setup): void {
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

    it("refuses a second job of the same id, and keeps the first", async () => {
      const { store } = await start();
      const job = aJob({ args: ["first"] });
      await store.insert([job]);
      await expect(store.insert([{ ...job, args: ["second"] }])).rejects.toThrow(StoreError);
      expect((await store.get(job.id))?.args).toEqual(["first"]);
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
}
