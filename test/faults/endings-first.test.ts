import { expect, it, onTestFinished } from "vitest";
import { StoreError } from "../../src/errors/errors.ts";
import { Events } from "../../src/events.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { eventually } from "../support/eventually.ts";
import { someJobs } from "../support/jobs.ts";
import { probeRegistry } from "../support/probe.ts";

it("a disk that is full for longer than the lease makes no worker do again what it knows to be done", async () => {
  const database = await openDatabase(":memory:");
  onTestFinished(() => void database.close());
  const store = new SqliteJobStore(database);
  const disk = { isFull: false };
  for (const name of ["settle", "extend", "reap"] as const) {
    const real = store[name].bind(store) as (...args: unknown[]) => Promise<never>;
    store[name] = async (...args: unknown[]) => {
      if (disk.isFull) throw new StoreError("The disk is full.");
      return real(...args);
    };
  }
  const performed: unknown[] = [];
  const registry = probeRegistry(({ args }) => {
    performed.push(args[0]);
    disk.isFull = true;
  });
  const options = { lease: 1_000, heartbeat: 500, reapEvery: 100, sleepDelay: 20, concurrency: 10 };
  const worker = new Worker({ store, events: new Events(), registry }, options);
  await store.insert(someJobs(10, (index) => ({ args: [index] })));
  const ended = worker.run();
  onTestFinished(async () => {
    worker.abort();
    await ended;
  });
  await eventually("all are performed", () => performed.length === 10);
  const past = performance.now() + 1_500;
  await eventually("the leases have run out", () => performance.now() > past);
  disk.isFull = false;
  await eventually("all are written", async () => (await store.count({})) === 0);
  expect(performed).toHaveLength(10);
});
