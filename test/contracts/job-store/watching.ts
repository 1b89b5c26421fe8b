import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { aJob } from "../../support/jobs.ts";
import type { Setup } from "./setup.ts";

export function describeWatching({ start }: Setup): void {
  describe("watching", () => {
    it("rings soon after a job was stored, here or by another process", async () => {
      const { store, under } = await start();
      const other = await under.open();
      let rings = 0;
      const stop = store.watch(() => (rings += 1));
      await store.insert([aJob()]);
      expect(rings).toBeGreaterThan(0);
      const before = rings;
      await eventually("it rings for another store's insert", async () => {
        await other.insert([aJob()]);
        return rings > before;
      });
      stop();
    });
  });
}
