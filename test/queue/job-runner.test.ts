import { afterEach, describe, expect, it } from "vitest";
import { Events } from "../../src/events.ts";
import { Lifecycle } from "../../src/lifecycle.ts";
import { JobRunner } from "../../src/queue/job-runner.ts";
import { StoreDesk } from "../../src/queue/store-desk.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/job-store.ts";
import { someJobs } from "../support/jobs.ts";
import { probeRegistry } from "../support/probe.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setup(perform: (argument: unknown) => Promise<void>) {
  const database = await openDatabase(":memory:");
  const store = new SqliteJobStore(database);
  const events = new Events();
  const lost: string[] = [];
  events.on("job.lost", ({ id }) => lost.push(id));
  const runner = new JobRunner({
    store,
    events,
    registry: probeRegistry(({ args }) => perform(args[0])),
    lifecycle: new Lifecycle(events),
    desk: new StoreDesk(store),
    worker: "w",
    backoff: () => 0,
    keepFailed: true,
    deployGraceMs: 0,
    maxRunTime: 60_000,
    now: Date.now,
    concurrency: 1,
    leaseMs: 30_000,
    heartbeatMs: 10_000,
    onProgress: () => undefined,
    onPauseQueue: () => undefined,
    onError: () => undefined,
  });
  closing.push(
    () => void database.close(),
    () => runner.close(),
  );
  const claim = async (count: number) => {
    await store.insert(someJobs(count, (index) => ({ args: [index] })));
    const request = { workerId: "w", token: "t", limit: count, leaseMs: 30_000 };
    const since = runner.claimTime();
    return { since, jobs: await store.claim(request) };
  };
  return { store, runner, lost, claim };
}

/** Performs one after another, each when it is let go. */
function gated() {
  const performed: unknown[] = [];
  const gates: (() => void)[] = [];
  const perform = async (argument: unknown) => {
    performed.push(argument);
    await new Promise<void>((resolve) => gates.push(resolve));
  };
  return { performed, perform, letGo: () => gates.shift()?.() };
}

describe("jobs that are held beyond the free places", () => {
  it("are not begun when their lease was lost while they waited: nothing runs twice because it was read ahead", async () => {
    const { performed, perform, letGo } = gated();
    const { runner, lost, claim } = await setup(perform);
    const { since, jobs } = await claim(3);
    // Held for so long already that they are past what is certain, but for the first.
    runner.take(jobs.slice(0, 1), since);
    runner.take(jobs.slice(1), since - 29_000);
    await expect.poll(() => performed).toEqual([0]);
    letGo();
    await expect.poll(() => runner.held).toBe(0);
    expect(performed).toEqual([0]);
    expect(lost).toEqual(jobs.slice(1).map(({ id }) => id));
  });

  it("are handed back uncounted when the worker stops", async () => {
    const { performed, perform, letGo } = gated();
    const { store, runner, claim } = await setup(perform);
    const { since, jobs } = await claim(3);
    runner.take(jobs, since);
    await expect.poll(() => performed).toEqual([0]);
    runner.stop();
    letGo();
    await runner.drain();
    await expect.poll(() => store.count({})).toBe(2);
    expect(await store.find({})).toMatchObject([
      { state: "ready", attempts: 0 },
      { state: "ready", attempts: 0 },
    ]);
  });
});
