import { afterEach, describe, expect, it } from "vitest";
import type { ScheduleStore } from "../../src/schedules/schedule-store.ts";

/** What every ledger of schedules has to do. @param open opens one on a new database, and gives how to close it */
export function describeScheduleStore(
  name: string,
  open: () => Promise<{ readonly ledger: ScheduleStore; readonly close: () => Promise<void> }>,
): void {
  describe(`${name} as a ledger of schedules`, () => {
    const closing: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });
    const start = async () => {
      const { ledger, close } = await open();
      closing.push(close);
      return ledger;
    };
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 9, minute));

    it("begins a schedule now, and goes on where it was", async () => {
      const ledger = await start();
      expect(await ledger.last("weekly")).toBeUndefined();
      expect(await ledger.begin("weekly", at(0))).toEqual(at(0));
      expect(await ledger.begin("weekly", at(5))).toEqual(at(0));
      expect(await ledger.begin("other", at(7))).toEqual(at(7));
    });

    it("never goes back", async () => {
      const ledger = await start();
      await ledger.begin("weekly", at(0));
      await ledger.advance("weekly", at(9));
      await ledger.advance("weekly", at(3));
      expect(await ledger.last("weekly")).toEqual(at(9));
    });

    it("pauses and resumes schedules, and what came meanwhile is not missed", async () => {
      const ledger = await start();
      await ledger.begin("weekly", at(0));
      await ledger.begin("other", at(0));
      expect(await ledger.paused()).toEqual([]);
      for (const minute of [1, 2]) await ledger.pause("weekly", at(minute));
      await ledger.pause("new", at(1));
      expect(await ledger.paused()).toEqual(["new", "weekly"]);
      expect(await ledger.last("weekly")).toEqual(at(0));
      expect(await ledger.last("new")).toEqual(at(1));
      await ledger.resume("weekly", at(9));
      expect(await ledger.paused()).toEqual(["new"]);
      expect(await ledger.last("weekly")).toEqual(at(9));
      await ledger.resume("weekly", at(20));
      await ledger.resume("none", at(20));
      expect(await ledger.last("weekly")).toEqual(at(9));
      expect(await ledger.last("none")).toBeUndefined();
    });

    it("gives one beginning to several at once", async () => {
      const ledger = await start();
      const begun = await Promise.all([1, 2, 3, 4].map((minute) => ledger.begin("weekly", at(minute))));
      expect(new Set(begun.map(Number)).size).toBe(1);
    });
  });
}
