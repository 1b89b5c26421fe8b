import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { StoreError } from "../../src/errors/errors.ts";
import { type EventMap, Events } from "../../src/events.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { retryWhileBusy } from "../../src/stores/sqlite/retry-while-busy.ts";
import { eventually } from "../support/eventually.ts";
import { aJob, someJobs } from "../support/jobs.ts";
import { probeRegistry } from "../support/probe.ts";

async function setup({ busyTimeout = 50 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-faults-"));
  const path = join(folder, "store.sqlite");
  const database = await openDatabase(path, { synchronous: "NORMAL", busyTimeout });
  const other = await openDatabase(path, { synchronous: "NORMAL" });
  const store = new SqliteJobStore(database);
  const events = new Events();
  const errors: EventMap["worker.error"][] = [];
  events.on("worker.error", (error) => errors.push(error));
  const worker = new Worker(
    { store, events, registry: probeRegistry(() => undefined) },
    { sleepDelay: 50, lease: 1_000 },
  );
  onTestFinished(async () => {
    await store.close();
    for (const each of [database, other]) each.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = () => {
    const ended = worker.run();
    onTestFinished(async () => {
      worker.abort();
      await ended;
    });
  };
  return { database, other, store, errors, run };
}

it("a full disk refuses new jobs with a typed error, keeps those it has, and spoils nothing (fault 43)", async () => {
  const { database, store, errors, run } = await setup();
  await store.insert(someJobs(50));
  const pages = Number(database.pragma("page_count"));
  database.exec(`PRAGMA max_page_count = ${pages + 1}`);
  const large = () => store.insert(someJobs(100, () => ({ args: ["x".repeat(1_000)] })));
  await expect(large()).rejects.toThrow(StoreError);
  await expect(large()).rejects.toThrow("the disk is full, make room and try again");
  expect(await store.count({})).toBe(50);
  expect(database.pragma("integrity_check")).toBe("ok");
  database.exec("PRAGMA max_page_count = 1073741823");
  await large();
  run();
  await eventually("all are done", async () => (await store.count({})) === 0);
  expect(errors).toEqual([]);
});

it("a file that another process holds for long refuses with a typed error; a worker goes on when it is free (fault 43)", async () => {
  const { other, store, errors, run } = await setup();
  await store.insert([aJob()]);
  other.exec("BEGIN IMMEDIATE");
  await expect(store.insert([aJob()])).rejects.toThrow(StoreError);
  await expect(store.insert([aJob()])).rejects.toThrow("another process holds the file for long, try again");
  run();
  await eventually("the worker met it", () => errors.some(({ during }) => during === "claiming jobs"));
  expect(await store.count({ state: "ready" })).toBe(1);
  other.exec("COMMIT");
  await eventually("the job is done", async () => (await store.count({})) === 0);
});

it("a file that another process holds for a while is waited for, and the process goes on with other things meanwhile", async () => {
  const { other, store } = await setup({ busyTimeout: 60_000 });
  const letGo = (afterMs: number) => {
    other.exec("BEGIN IMMEDIATE");
    setTimeout(() => other.exec("COMMIT"), afterMs);
  };
  letGo(50);
  await store.insert(someJobs(2));
  letGo(50);
  expect(await store.claim({ workerId: "w", token: "t", limit: 9, leaseMs: 30_000 })).toHaveLength(2);
  expect(await store.count({ state: "leased" })).toBe(2);
});

it("is looked at by one of those who wait for it, however many they are", async () => {
  const { database, other } = await setup({ busyTimeout: 60_000 });
  let tries = 0;
  const write = () => {
    tries += 1;
    database.exec("BEGIN IMMEDIATE");
    database.exec("COMMIT");
  };
  other.exec("BEGIN IMMEDIATE");
  const waiting = Array.from({ length: 100 }, () => retryWhileBusy(database, write));
  await eventually("it was looked at again, and again", () => tries > 120);
  other.exec("COMMIT");
  await Promise.all(waiting);
  // Each once when it came, once in its turn, and the first as often as it was in vain: not 100 at a time.
  expect(tries).toBeLessThan(300);
});

it("leaves the event loop its turns while a long line of those who waited writes", async () => {
  const { other, database } = await setup({ busyTimeout: 60_000 });
  let turns = 0;
  let counting = setImmediate(function count() {
    turns += 1;
    counting = setImmediate(count);
  });
  onTestFinished(() => clearImmediate(counting));
  const written = new Set<number>();
  const write = () => {
    database.exec("BEGIN IMMEDIATE");
    database.exec("COMMIT");
    written.add(turns);
  };
  other.exec("BEGIN IMMEDIATE");
  const waiting = Array.from({ length: 100 }, () => retryWhileBusy(database, write));
  other.exec("COMMIT");
  await Promise.all(waiting);
  expect(written.size).toBeGreaterThan(50);
});
