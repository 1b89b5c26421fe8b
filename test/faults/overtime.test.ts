import { expect, it, onTestFinished } from "vitest";
import { WorkerStuckError } from "../../src/errors/errors.ts";
import { type EventMap, Events } from "../../src/events.ts";
import { workerHealth } from "../../src/health/worker-health.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { eventually } from "../support/eventually.ts";
import { someJobs } from "../support/jobs.ts";
import { probeRegistry } from "../support/probe.ts";

/** A worker with two places, and jobs of which so many never end; the others are done at once. */
async function setup(endless: number) {
  const database = await openDatabase(":memory:");
  onTestFinished(() => void database.close());
  const store = new SqliteJobStore(database, { retention: 60_000 });
  const events = new Events();
  const told: EventMap["worker.overtime"][] = [];
  events.on("worker.overtime", (overtime) => told.push(overtime));
  const registry = probeRegistry(({ args }) =>
    Number(args[0]) < endless ? new Promise(() => undefined) : undefined,
  );
  const options = { concurrency: 2, maxRunTime: 50, grace: 100, sleepDelay: 20 };
  const worker = new Worker({ store, events, registry, backoff: () => 3_600_000 }, options);
  await store.insert(someJobs(6, (index) => ({ args: [index], priority: index })));
  return { store, worker, told };
}

it("a worker whose places are all taken by actions that do not end says so, and ends for another to take its place", async () => {
  const { store, worker, told } = await setup(2);
  expect(workerHealth(worker.status).isAlive).toBe(true);
  await expect(worker.run()).rejects.toThrow(WorkerStuckError);
  await expect(worker.run()).rejects.toThrow(
    "This worker performs nothing any more: Probe.go did not end when the time limit (maxRunTime) was reached, and has all its places.",
  );
  expect(told.at(-1)).toEqual({ worker: worker.id, actions: ["Probe.go"], jobs: 2, isAll: true });
  expect(workerHealth(worker.status).isAlive).toBe(false);
  // What it held beyond its places is handed back, and the two were told to be tried again.
  expect(await store.count({ state: "leased" })).toBe(0);
  expect(await store.count({ state: "ready" })).toBe(6);
});

it("a worker that has a place left tells of such an action, and goes on", async () => {
  const { store, worker, told } = await setup(1);
  const ended = worker.run();
  await eventually("it is told of", () => told.length > 0);
  expect(told).toEqual([{ worker: worker.id, actions: ["Probe.go"], jobs: 1, isAll: false }]);
  await eventually("the others are done", async () => (await store.count({ state: "done" })) === 5);
  expect(workerHealth(worker.status).isAlive).toBe(true);
  worker.abort();
  await ended;
});
