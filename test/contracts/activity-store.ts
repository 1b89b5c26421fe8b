import { afterEach, describe, expect, it } from "vitest";
import {
  type ActivityStore,
  type CountsOf,
  NO_COUNTS,
  type WorkerReport,
} from "../../src/activity/activity-store.ts";

/** What every store of activity has to do. @param open opens one on a new database, and gives how to close it */
export function describeActivityStore(
  name: string,
  open: () => Promise<{ readonly store: ActivityStore; readonly close: () => Promise<void> }>,
): void {
  describe(`${name} as a store of activity`, () => {
    const closing: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0)) await close();
    });
    const start = async () => {
      const { store, close } = await open();
      closing.push(close);
      return store;
    };
    const at = (hour: number, minute = 0) => new Date(Date.UTC(2026, 0, 10, hour, minute));
    const count = (counts: Partial<CountsOf["counts"]>, of: Partial<CountsOf> = {}): CountsOf => ({
      subject: "all",
      name: "",
      ...of,
      counts: { ...NO_COUNTS, ...counts },
    });

    it("adds up what workers add in one slot, and keeps slots apart", async () => {
      const store = await start();
      await Promise.all([
        store.add(at(9, 1), [count({ done: 2, waitMs: 30 })]),
        store.add(at(9, 4), [count({ done: 3, failed: 1 })]),
        store.add(at(9, 5), [count({ sent: 1 })]),
      ]);
      expect(await store.history("day", at(10))).toEqual([
        { at: at(9), ...count({ done: 5, failed: 1, waitMs: 30 }) },
        { at: at(9, 5), ...count({ sent: 1 }) },
      ]);
      expect(await store.history("month", at(10))).toEqual([
        { at: at(9), ...count({ done: 5, failed: 1, waitMs: 30, sent: 1 }) },
      ]);
    });

    it("keeps apart everybody, queues and actions, whatever their names are", async () => {
      const store = await start();
      const names = ["mail", "User.Mailer.hello", "$where", "a:b c/d%2E", "größe", "__proto__"];
      await store.add(at(9), [
        count({ done: 1 }),
        ...names.map((each) => count({ done: 1 }, { subject: "queue", name: each })),
        ...names.map((each) => count({ sent: 2 }, { subject: "mail", name: each })),
      ]);
      await store.add(at(9), [count({ done: 1 }, { subject: "queue", name: "User.Mailer.hello" })]);
      const slots = await store.history("day", at(9));
      expect(slots).toHaveLength(1 + 2 * names.length);
      expect(slots).toContainEqual({
        at: at(9),
        ...count({ done: 2 }, { subject: "queue", name: names[1] ?? "" }),
      });
      for (const each of names)
        expect(slots).toContainEqual({ at: at(9), ...count({ sent: 2 }, { subject: "mail", name: each }) });
    });

    it("gives no slot that is too old, and removes it when something is added", async () => {
      const store = await start();
      await store.add(at(0), [count({ done: 1 })]);
      await store.add(at(12), [count({ done: 2 })]);
      expect(await store.history("day", at(23, 55))).toHaveLength(2);
      expect(await store.history("day", at(24, 5))).toHaveLength(1);
      expect(await store.history("month", at(24, 5))).toHaveLength(2);
      await store.add(at(25), [count({ done: 3 })]);
      expect((await store.history("day", at(23))).map(({ counts }) => counts.done)).toEqual([2, 3]);
      const months = new Date(at(0).getTime() + 40 * 24 * 3_600_000);
      await store.add(months, [count({ done: 4 })]);
      expect((await store.history("month", at(23))).map(({ counts }) => counts.done)).toEqual([4]);
    });

    it("adds nothing where there is nothing", async () => {
      const store = await start();
      await store.add(at(9), []);
      expect(await store.history("day", at(9))).toEqual([]);
    });

    const report = (worker: string, when: Date, more: Partial<WorkerReport> = {}): WorkerReport => ({
      ...{ worker, host: "web-1", pid: 7, version: "1.0.0", queues: ["mail"], concurrency: 5 },
      ...{
        startedAt: at(8),
        at: when,
        running: [],
        runningCount: 0,
        done: 1,
        failed: 0,
        lagMs: 3,
        memory: 9e7,
      },
      ...more,
    });

    it("keeps the newest report of each worker until it leaves", async () => {
      const store = await start();
      const running = [{ id: "a", call: "UserMailer.hello", queue: "mail", since: at(9) }];
      await store.report(report("one", at(9)));
      await store.report(report("two", at(9)));
      await store.report(report("one", at(9, 1), { running, runningCount: 1, done: 5 }));
      expect(await store.workers(at(9, 1))).toEqual([
        report("one", at(9, 1), { running, runningCount: 1, done: 5 }),
        report("two", at(9)),
      ]);
      await store.leave("two");
      expect((await store.workers(at(9, 1))).map(({ worker }) => worker)).toEqual(["one"]);
    });

    it("takes a worker that is silent for minutes for gone", async () => {
      const store = await start();
      await store.report(report("killed", at(9)));
      expect(await store.workers(at(9, 5))).toHaveLength(1);
      expect(await store.workers(at(9, 6))).toEqual([]);
      await store.report(report("other", at(9, 10)));
      expect((await store.workers(at(9))).map(({ worker }) => worker)).toEqual(["other"]);
    });
  });
}
