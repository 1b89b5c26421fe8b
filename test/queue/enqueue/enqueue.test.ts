import { afterEach, describe, expect, it } from "vitest";
import { DuplicateKeyError } from "../../../src/errors/errors.ts";
import { Events } from "../../../src/events.ts";
import type { JobHooks } from "../../../src/jobs/hooks.ts";
import type { NewJob } from "../../../src/jobs/job-record.ts";
import { type Enqueueing, enqueue } from "../../../src/queue/enqueue/enqueue.ts";
import { Lifecycle } from "../../../src/queue/lifecycle.ts";
import { openDatabase } from "../../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../../src/stores/sqlite/jobs/job-store.ts";
import { LINEAR } from "../../support/growth.ts";
import { aJob, someJobs } from "../../support/jobs.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function setup(isDelayed: (job: NewJob) => boolean = () => true) {
  const database = await openDatabase(":memory:");
  closing.push(() => database.close());
  const store = new SqliteJobStore(database);
  const lifecycle = new Lifecycle(new Events());
  const performed: NewJob[] = [];
  const performNow = async (job: NewJob) => {
    performed.push(job);
    const now = new Date();
    const state = { state: "done", attempts: 1, crashes: 0 } as const;
    return { runAt: now, createdAt: now, ...job, ...state };
  };
  const run = (...jobs: readonly Enqueueing[]) =>
    enqueue(jobs, { store, lifecycle, isDelayed, performNow, now: Date.now });
  return { store, lifecycle, performed, run };
}

function call(
  changes: Partial<NewJob> = {},
  onConflict: Enqueueing["onConflict"] = "ignore",
  hooks?: JobHooks,
) {
  return { job: aJob(changes), hooks, onConflict };
}

describe("enqueueing", () => {
  it("stores every job, in the order given", async () => {
    const { store, run } = await setup();
    const calls = [call({ args: [1] }), call({ args: [2] })];
    expect((await run(...calls)).map(({ record }) => record.args)).toEqual([[1], [2]]);
    expect(await store.count({})).toBe(2);
  });

  it("takes as much longer as there are more calls, where a hook sees each of them (fault 2.6)", async () => {
    const timeOf = async (count: number) => {
      const { run, lifecycle } = await setup();
      lifecycle.around("enqueue", (_payload, next) => next());
      const hooks: JobHooks = { enqueue: () => undefined };
      const calls = Array.from({ length: count }, (_, index) => call({ args: [index] }, "ignore", hooks));
      const before = process.cpuUsage();
      await run(...calls);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const growths: number[] = [];
    // Time that goes into clearing memory makes one measurement worse, and not all of them.
    while (growths.length < 4 && Math.min(...growths) >= LINEAR) {
      const few = await timeOf(2_000);
      growths.push((await timeOf(8_000)) / few);
    }
    expect(Math.min(...growths)).toBeLessThan(LINEAR);
  });

  it("runs the enqueue hook before anything is stored, and stores what it says (DJ-197)", async () => {
    const { store, run } = await setup();
    const counts: number[] = [];
    const hooks: JobHooks = {
      enqueue: async () => {
        counts.push(await store.count({}));
        return { priority: 7 };
      },
    };
    const [answer] = await run(call({}, "ignore", hooks), call({}, "ignore", hooks));
    expect(counts).toEqual([0, 0]);
    expect(answer?.record.priority).toBe(7);
  });

  it("stores nothing when one hook refuses", async () => {
    const { store, run } = await setup();
    const hooks: JobHooks = {
      enqueue: () => {
        throw new Error("not today");
      },
    };
    await expect(run(call(), call({}, "ignore", hooks))).rejects.toThrow("not today");
    expect(await store.count({})).toBe(0);
  });

  it("lets plugins stand around the write of many jobs", async () => {
    const { store, lifecycle, run } = await setup();
    const log: number[] = [];
    lifecycle.before("enqueue", async () => void log.push(await store.count({})));
    lifecycle.after("enqueue", async () => void log.push(await store.count({})));
    await run(...Array.from({ length: 3_000 }, () => call()));
    expect(log).toEqual([...Array(3_000).fill(0), ...Array(3_000).fill(3_000)]);
  });

  it("gives back the holder of a taken key, by default", async () => {
    const { run } = await setup();
    const [first] = await run(call({ uniqueKey: "k", args: [1] }));
    const [second] = await run(call({ uniqueKey: "k", args: [2] }));
    expect(second).toMatchObject({ inserted: false, record: { id: first!.record.id, args: [1] } });
  });

  it("throws where a taken key is to be an error", async () => {
    const { run } = await setup();
    await run(call({ uniqueKey: "k" }));
    await expect(run(call({ uniqueKey: "k" }, "error"))).rejects.toThrow(DuplicateKeyError);
  });

  it("replaces a waiting job, and refuses while it runs", async () => {
    const { store, run } = await setup();
    const [first] = await run(call({ uniqueKey: "k", args: [1] }));
    const [second] = await run(call({ uniqueKey: "k", args: [2] }, "replace"));
    expect(second).toMatchObject({ inserted: false, record: { id: first!.record.id, args: [2] } });
    await store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 30_000 });
    await expect(run(call({ uniqueKey: "k" }, "replace"))).rejects.toThrow(DuplicateKeyError);
    expect(await store.count({})).toBe(1);
  });

  it("inserts a call whose key became free between the two steps of a replacement", async () => {
    const { store, run } = await setup();
    const [first] = await run(call({ uniqueKey: "k" }));
    const replace = store.replace.bind(store);
    store.replace = async (id, job) => {
      await store.remove(first!.record.id);
      return replace(id, job);
    };
    const [second] = await run(call({ uniqueKey: "k", args: [2] }, "replace"));
    expect(second).toMatchObject({ inserted: true, record: { args: [2] } });
  });

  it("performs at once what is not to be delayed, and stores what is due later (DJ-138, DJ-139, DJX-23)", async () => {
    const { store, performed, run } = await setup(() => false);
    const runAt = new Date(Date.now() + 60_000);
    const answers = await run(
      call({ args: [1] }),
      call({ args: [2], runAt }),
      call({ args: [3], runAt: new Date(0) }),
    );
    expect(performed.map(({ args }) => args)).toEqual([[1], [3]]);
    expect(await store.find({})).toMatchObject([{ args: [2], runAt }]);
    expect(answers.map(({ record }) => [record.args[0], record.state])).toEqual([
      [1, "done"],
      [2, "ready"],
      [3, "done"],
    ]);
  });

  it("asks for each job whether it is to be delayed (DJ-140, DJ-141)", async () => {
    const { store, performed, run } = await setup(({ queue }) => queue === "slow");
    await run(call({ queue: "slow" }), call({ queue: "quick" }));
    expect(performed).toMatchObject([{ queue: "quick" }]);
    expect(await store.find({})).toMatchObject([{ queue: "slow" }]);
  });

  it("takes time and memory that grow with the number of jobs, with hooks and plugins too", async () => {
    const lifecycle = new Lifecycle(new Events());
    lifecycle.around("enqueue", (_, next) => next());
    const hooks: JobHooks = { enqueue: () => ({ priority: 7 }) };
    const jobs = someJobs(40_000).map((job): Enqueueing => ({ job, hooks, onConflict: "ignore" }));
    let stored: readonly NewJob[] = [];
    const insert = async (given: readonly NewJob[]) => {
      stored = given;
      return [];
    };
    const store = { insert, replace: async () => undefined };
    const performNow = () => expect.fail("nothing is performed here");
    await enqueue(jobs, { store, lifecycle, isDelayed: () => true, performNow, now: Date.now });
    expect(stored).toHaveLength(40_000);
    expect(stored[39_999]).toEqual({ ...jobs[39_999]?.job, priority: 7 });
  });
});
