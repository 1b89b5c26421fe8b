import mongoose from "mongoose";
import { describe, expect, it, onTestFinished } from "vitest";
import { RetryLater } from "../../src/errors/errors.ts";
import { Events } from "../../src/events.ts";
import type { JobStore } from "../../src/jobs/job-store.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { someJobs } from "../support/jobs.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { probeRegistry } from "../support/probe.ts";

async function openMongo(): Promise<JobStore> {
  const connection = await mongoose.createConnection(await newMongoDatabase()).asPromise();
  const store = new MongoJobStore(connection, { retention: 60_000 });
  await store.ensureIndexes();
  await store.open();
  onTestFinished(async () => {
    await store.close();
    await connection.dropDatabase();
    await connection.close();
  });
  return store;
}

async function openSqlite(): Promise<JobStore> {
  const database = await openDatabase(":memory:");
  onTestFinished(() => void database.close());
  return new SqliteJobStore(database, { retention: 60_000 });
}

describe.each([
  ["MongoDB", openMongo],
  ["SQLite", openSqlite],
])("an attempt whose checkpoint cannot be stored, in %s", (_, open) => {
  it.each([
    [
      "too large",
      "x".repeat(17 * 1024 * 1024),
      "is 17825792 bytes (at most 1048576), which cannot be stored",
    ],
    ["a function", () => undefined, "is a function, which cannot be stored"],
  ])(
    "fails its own job, with the reason, and nine others are done: %s",
    async (_what, checkpoint, reason) => {
      const store = await open();
      const registry = probeRegistry(({ args }) => {
        if (args[0] === 5) throw new RetryLater("not yet", { checkpoint });
      });
      const worker = new Worker({ store, events: new Events(), registry });
      onTestFinished(() => worker.close());
      await store.insert(someJobs(10, (index) => ({ args: [index] })));
      expect(await worker.workOff()).toEqual({ succeeded: 9, failed: 1 });
      expect(await store.count({ state: "done" })).toBe(9);
      const [failed] = await store.find({ state: "failed" });
      expect(failed).toMatchObject({ args: [5], attempts: 1, failReason: "checkpoint" });
      expect(failed?.lastError).toContain(reason);
      expect(failed?.lastError).toContain("RetryLater: not yet");
    },
  );
});
