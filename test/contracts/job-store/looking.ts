import { describe, expect, it } from "vitest";
import { PAGE_ORDER } from "../../../src/jobs/job-list.ts";
import type { JobRecord } from "../../../src/jobs/job-record.ts";
import { eventually } from "../../support/eventually.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { FUTURE, keyOf, PAST, request, type Setup } from "./setup.ts";

export function describeLooking({ start }: Setup): void {
  describe("looking", () => {
    it("finds by state, queue, handler, action, group and key", async () => {
      const { store } = await start();
      const jobs = [
        aJob({ queue: "q", handler: "P", action: "a", group: "g", uniqueKey: "k" }),
        aJob({ queue: "q", handler: "P", action: "b" }),
        aJob({ queue: "r", handler: "R", action: "a" }),
      ];
      await store.insert(jobs);
      const ids = async (filter: object) =>
        (await store.find(filter)).map(({ id }) => jobs.findIndex((job) => job.id === id));
      expect(await ids({ queue: "q" })).toEqual([0, 1]);
      expect(await ids({ handler: "P", action: "b" })).toEqual([1]);
      expect(await ids({ group: "g" })).toEqual([0]);
      expect(await ids({ uniqueKey: "k" })).toEqual([0]);
      expect(await ids({ state: "failed" })).toEqual([]);
      expect(await store.count({ queue: "q", state: "ready" })).toBe(2);
    });

    it("tells of waiting jobs in a newer format, how many and since when, and of no others", async () => {
      const { store, under } = await start();
      const jobs = [aJob({ format: 1 }), aJob(), aJob({ format: 2 }), aJob({ format: 3, uniqueKey: "k" })];
      await store.insert(jobs);
      expect((await store.get(jobs[2]?.id ?? ""))?.format).toBe(2);
      const soon = new Date(Date.now() + 60_000);
      expect(await store.newer(1, soon)).toEqual({ count: 2, format: 3, oldest: expect.any(Date) });
      expect(await (await under.open()).newer(2, soon)).toMatchObject({ count: 1, format: 3 });
      expect(await store.newer(3, soon)).toBeUndefined();
      expect(await store.newer(1, new Date(Date.now() - 60_000))).toBeUndefined();
      await store.replace(jobs[3]?.id ?? "", aJob({ uniqueKey: "k", format: 1 }));
      expect(await store.newer(2, soon)).toBeUndefined();
    });

    it.each(["all", "ready", "leased", "failed", "done"] as const)(
      "pages through jobs: %s",
      async (wanted) => {
        const { store } = await start({ retention: 60_000 });
        const state = wanted === "all" ? undefined : wanted;
        const queues = ["a", "b", "c"];
        const jobs = someJobs(30, (index) => ({
          queue: queues[index % 3] ?? "a",
          priority: index % 2,
          runAt: new Date(PAST.getTime() + (index % 5) * 1_000),
        }));
        await store.insert(jobs);
        if (state !== undefined && state !== "ready") {
          const claimed = await store.claim(request({ limit: 30 }));
          const ended = claimed.map((job) =>
            state === "done"
              ? ({ ...keyOf(job), kind: "done" } as const)
              : ({ ...keyOf(job), kind: "fail", error: "e", reason: "r" } as const),
          );
          if (state !== "leased") for (const at of [0, 11, 22]) await store.settle(ended.slice(at, at + 11));
        }
        const read: JobRecord[] = [];
        for (;;) {
          const page = await store.page({
            ...(state && { state }),
            limit: 7,
            ...(read.length > 0 && { after: read.at(-1)! }),
          });
          read.push(...page);
          if (page.length < 7) break;
        }
        expect(read.map(({ id }) => id).toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
        const { keys, descending } = PAGE_ORDER[wanted];
        const placed = read.map((job) => keys.map((key) => Number(job[key] ?? 0) || String(job[key])));
        const sorted = placed.toSorted((x, y) => {
          const at = x.findIndex((value, index) => value !== y[index]);
          return at < 0 ? 0 : (x[at]! < y[at]! ? -1 : 1) * (descending ? -1 : 1);
        });
        expect(placed).toEqual(sorted);
        if (state === "ready") {
          const first = await store.page({ state, queue: "b", limit: 4 });
          const rest = await store.page({ state, queue: "b", limit: 40, after: first.at(-1)! });
          expect([...first, ...rest].map(({ queue }) => queue)).toEqual(Array(10).fill("b"));
        }
      },
    );

    it("counts no further than it is told to", async () => {
      const { store } = await start();
      await store.insert(
        someJobs(12, (index) => ({ queue: index < 9 ? "many" : "few", runAt: PAST })).slice(0, 11),
      );
      const early = new Date(PAST.getTime() - 5_000);
      await store.insert([
        aJob({ queue: "few", runAt: PAST }),
        aJob({ queue: "many", priority: 9, runAt: early }),
      ]);
      await store.claim(request({ queues: ["few"], limit: 1 }));
      const tally = await store.tally(5);
      expect(tally.states).toEqual({ ready: 5, leased: 1, failed: 0, done: 0 });
      expect(tally.queues).toEqual([
        { queue: "few", ready: 2, firstAt: PAST },
        { queue: "many", ready: 5, firstAt: new Date(PAST.getTime() - 5_000) },
      ]);
    });

    it("tells which unique keys waiting and running jobs have", async () => {
      const { store } = await start();
      const keys = ["waiting", "running", "failed", "done"];
      await store.insert(keys.map((uniqueKey) => aJob({ uniqueKey, queue: uniqueKey, runAt: PAST })));
      for (const queue of ["running", "failed", "done"]) {
        const [job] = await store.claim(request({ queues: [queue] }));
        if (queue === "failed")
          await store.settle([{ ...keyOf(job!), kind: "fail", error: "e", reason: "r" }]);
        if (queue === "done") await store.settle([{ ...keyOf(job!), kind: "done", holdKeyMs: 60_000 }]);
      }
      expect((await store.liveKeys([...keys, "nobody's"])).toSorted()).toEqual(["running", "waiting"]);
      expect(await store.liveKeys([])).toEqual([]);
    });

    it("orders and pages", async () => {
      const { store } = await start();
      const jobs = someJobs(5);
      await store.insert(jobs);
      const ids = jobs.map(({ id }) => id);
      expect((await store.find({ order: "newest" })).map(({ id }) => id)).toEqual(ids.toReversed());
      expect((await store.find({ limit: 2, offset: 2 })).map(({ id }) => id)).toEqual(ids.slice(2, 4));
      const last = await store.find({ order: "newest", limit: 1, offset: 1 });
      expect(last.map(({ id }) => id)).toEqual(ids.slice(3, 4));
      expect(await store.find({ limit: 0 })).toEqual([]);
      expect(await store.find({ limit: -1 })).toEqual([]);
    });

    it("goes on after a job, which may be gone by then", async () => {
      const { store } = await start();
      const jobs = someJobs(4);
      await store.insert(jobs);
      const ids = jobs.map(({ id }) => id);
      await store.remove(ids[1]!);
      const found = await store.find({ after: ids[1]!, limit: 1 });
      expect(found.map(({ id }) => id)).toEqual([ids[2]]);
      expect(await store.find({ after: ids[1]!, state: "failed" })).toEqual([]);
      expect(await store.find({ after: ids[3]! })).toEqual([]);
    });

    it("gives a hundred jobs unless it is told how many", async () => {
      const { store } = await start();
      await store.insert(someJobs(101));
      expect(await store.find({})).toHaveLength(100);
    });

    it("gives the job that failed last as the newest of the failed ones", async () => {
      const { store } = await start();
      await store.insert(someJobs(2, () => ({ runAt: PAST })));
      const [first, second] = await store.claim(request());
      await store.settle([{ ...keyOf(second!), kind: "fail", error: "x", reason: "x" }]);
      const failedFirst = (await store.get(second!.id))!.failedAt!;
      await eventually("the clock moved on", () => Date.now() > failedFirst.getTime() + 100);
      await store.settle([{ ...keyOf(first!), kind: "fail", error: "x", reason: "x" }]);
      expect(await store.find({ state: "failed", order: "newest", limit: 1 })).toMatchObject([
        { id: first!.id },
      ]);
    });

    it("counts by queue and state", async () => {
      const { store } = await start();
      await store.insert([aJob({ queue: "b" }), aJob({ queue: "a", priority: -1 }), aJob({ queue: "a" })]);
      await store.claim(request({ limit: 1 }));
      expect(await store.counts()).toEqual([
        { queue: "a", state: "leased", count: 1 },
        { queue: "a", state: "ready", count: 1 },
        { queue: "b", state: "ready", count: 1 },
      ]);
    });

    it("finds what is due and nobody works, by queue: waiting jobs, and leases that ran out", async () => {
      const { store } = await start();
      const earlier = new Date(PAST.getTime() - 60_000);
      await store.insert([aJob({ queue: "dead", runAt: earlier }), aJob({ queue: "held", runAt: earlier })]);
      await store.claim(request({ queues: ["dead"], leaseMs: -120_000 }));
      await store.claim(request({ queues: ["held"] }));
      await store.insert([
        aJob({ queue: "mail", runAt: PAST }),
        aJob({ queue: "mail", runAt: earlier }),
        aJob({ queue: "later", runAt: FUTURE }),
      ]);
      const now = new Date(Date.now() - 1_000);
      expect(await store.overdue(now)).toEqual([
        { queue: "dead", count: 1, oldest: earlier },
        { queue: "mail", count: 2, oldest: earlier },
      ]);
      expect(await store.overdue(earlier)).toEqual([]);
    });

    it("tells what the waiting jobs of a group ended with, and when the first of them is due", async () => {
      const { store } = await start();
      const group = (changes: object) => aJob({ group: "g", ...changes });
      await store.insert([group({ runAt: PAST }), group({ runAt: PAST }), aJob({ group: "other" })]);
      const [first, second] = await store.claim(request({ limit: 2 }));
      const retry = { kind: "retry", error: "RetryLater: busy", counted: false } as const;
      await store.settle([{ ...keyOf(first!), ...retry, runAt: FUTURE }]);
      await store.insert([group({ runAt: FUTURE }), group({ runAt: PAST })]);
      const later = new Date(FUTURE.getTime() + 1_000);
      await store.settle([{ ...keyOf(second!), ...retry, runAt: later }]);
      const waiting = await store.waiting("g");
      expect(waiting).toHaveLength(2);
      expect(waiting).toContainEqual({ lastError: "RetryLater: busy", count: 2, due: FUTURE });
      expect(waiting).toContainEqual({ count: 2, due: PAST });
      expect(await store.waiting("none")).toEqual([]);
    });

    it.each(["0123456789abcdef01234567", "no id at all", ""])("knows no job %j", async (id) => {
      const { store } = await start();
      expect(await store.get(id)).toBeUndefined();
      expect(await store.retry(id)).toBe(false);
      expect(await store.remove(id)).toBe(false);
    });
  });
}
