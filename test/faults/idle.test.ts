import mongoose from "mongoose";
import { expect, it, onTestFinished, vi } from "vitest";
import { Events } from "../../src/events.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { eventually } from "../support/eventually.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { probeRegistry } from "../support/probe.ts";

const WRITES = new Set(["insert", "update", "delete", "findAndModify", "bulkWrite"]);

it("an idle worker writes nothing, and asks the server a few times each time it looks (fault 38)", async () => {
  const uri = await newMongoDatabase();
  const connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise();
  const store = new MongoJobStore(connection);
  await store.ensureIndexes();
  await store.open();
  // It looks every half second, because the store tells of new jobs: a tenth of what is usual.
  const options = { sleepDelay: 100, reapEvery: 1_000 };
  const events = new Events();
  const worker = new Worker({ store, events, registry: probeRegistry(() => undefined) }, options);
  const ended = worker.run();
  onTestFinished(async () => {
    worker.abort();
    await ended;
    await store.close();
    await connection.dropDatabase();
    await connection.close();
  });
  await eventually("it is told of new jobs", () => store.isWatching);
  const commands: string[] = [];
  connection.getClient().on("commandStarted", ({ commandName }) => commands.push(commandName));
  const looks = vi.spyOn(store, "claim");
  await eventually("it looked ten times", () => looks.mock.calls.length >= 10);
  expect(commands.filter((name) => WRITES.has(name))).toEqual([]);
  // For the names of queues, now and then for paused ones, dead workers and the clock. With the usual times that is less than one
  // command a second.
  expect(commands.length / looks.mock.calls.length).toBeLessThan(4);
});
