import { expect, it, onTestFinished } from "vitest";
import { Events } from "../../src/events.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { eventually } from "../support/eventually.ts";
import { someJobs } from "../support/jobs.ts";
import { probeRegistry } from "../support/probe.ts";

it("a store that is slow to take endings slows the worker down: it holds a bounded number of jobs (fault 35)", async () => {
  const database = await openDatabase(":memory:");
  const store = new SqliteJobStore(database);
  const settle = store.settle.bind(store);
  let takeThem: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    takeThem = resolve;
  });
  store.settle = async (settlements) => {
    await slow;
    return settle(settlements);
  };
  const worker = new Worker(
    { store, events: new Events(), registry: probeRegistry(() => undefined) },
    { exitOnComplete: true },
  );
  onTestFinished(() => void database.close());
  await store.insert(someJobs(6_000));
  const running = worker.run();
  let before = 0;
  const held = await eventually("it claims nothing more", async () => {
    const leased = await store.count({ state: "leased" });
    const isSteady = leased === before && leased > 2_000;
    before = leased;
    return isSteady && leased;
  });
  // 2,000 endings that wait, a write that is under way, the places and what is read ahead.
  expect(held).toBeLessThan(4_000);
  takeThem();
  await running;
  expect(await store.count({})).toBe(0);
});
