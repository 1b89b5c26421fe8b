import { expect, it, onTestFinished } from "vitest";
import { type EventName, Events } from "../../../src/events.ts";
import { NO_HOST } from "../../../src/jobs/handler.ts";
import { Lifecycle } from "../../../src/queue/lifecycle.ts";
import { JobRunner } from "../../../src/queue/worker/job-runner.ts";
import { openDatabase } from "../../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../../src/stores/sqlite/jobs/job-store.ts";
import { aJob } from "../../support/jobs.ts";
import { probeRegistry } from "../../support/probe.ts";

const LEASE_MS = 30_000;

/** A runner, and a job that is claimed for it. */
async function setup() {
  const database = await openDatabase(":memory:");
  const store = new SqliteJobStore(database);
  const events = new Events();
  const log: EventName[] = [];
  events.onAny((name) => log.push(name));
  const performed: unknown[] = [];
  const runner = new JobRunner({
    ...{ store, events, leaseMs: LEASE_MS, heartbeatMs: LEASE_MS / 3, concurrency: 5 },
    registry: probeRegistry(({ args }) => performed.push(args[0])),
    lifecycle: new Lifecycle(events),
    host: NO_HOST,
    ...{ worker: "w", maxRunTime: 60_000, keepFailed: true, deployGraceMs: 0, now: Date.now },
    backoff: () => 0,
    onProgress: () => undefined,
    onPauseQueue: () => undefined,
    onError: (_, error) => expect.fail(String(error)),
  });
  onTestFinished(async () => {
    await runner.close();
    database.close();
  });
  const { id } = aJob();
  await store.insert([aJob({ id, maxAttempts: 1 })]);
  const jobs = await store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: LEASE_MS });
  return { store, runner, log, performed, id, jobs };
}

it("hands a job back that it did not come to begin before its lease could not be trusted any more", async () => {
  const { store, runner, log, performed, id, jobs } = await setup();
  runner.take(jobs, runner.claimTime() - LEASE_MS);
  await runner.drain();
  expect(performed).toEqual([]);
  expect(await store.get(id)).toMatchObject({ state: "ready", attempts: 0, crashes: 0 });
  expect(log).toEqual(["job.released"]);
});

it("leaves such a job alone that another has by then", async () => {
  const { store, runner, log, performed, id, jobs } = await setup();
  await store.settle([{ id, token: "t", kind: "release" }]);
  await store.claim({ workerId: "other", token: "theirs", limit: 1, leaseMs: LEASE_MS });
  runner.take(jobs, runner.claimTime() - LEASE_MS);
  await runner.drain();
  expect(performed).toEqual([]);
  expect(await store.get(id)).toMatchObject({ state: "leased", lockedBy: "other" });
  expect(log).toEqual(["job.lost"]);
});
