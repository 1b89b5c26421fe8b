import { ObjectId } from "bson";
import mongoose from "mongoose";
import { Events } from "../../src/events.ts";
import type { NewJob } from "../../src/job-record.ts";
import { Registry } from "../../src/performable.ts";
import type { JobStore } from "../../src/queue/store.ts";
import { Worker } from "../../src/queue/worker.ts";
import { MongoJobStore } from "../../src/stores/mongo/job-store.ts";
import { type Contender, type ContenderContext, type OpenContender, PAYLOAD } from "../support/contender.ts";

export const open: OpenContender = async ({ uri, concurrency, onCommand }: ContenderContext) => {
  const connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise();
  connection.getClient().on("commandStarted", onCommand);
  const store = new MongoJobStore(connection);
  await store.open();
  await store.ensureIndexes();
  return contenderOn(store, concurrency, () => connection.close());
};

/** Our queue on any of our stores. */
export function contenderOn(store: JobStore, concurrency: number, close: () => Promise<void>): Contender {
  const registry = new Registry();
  registry.add({
    name: "Bench",
    aliases: [],
    settings: {},
    has: () => true,
    actions: () => ["Bench.noop"],
    check: async (_, args) => args,
    perform: async () => undefined,
  });
  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await store.insert([aJob()]);
    },
    enqueueBulk: async (count) => {
      for (let left = count; left > 0; left -= 1_000)
        await store.insert(Array.from({ length: Math.min(left, 1_000) }, aJob));
    },
    workOff: async () => {
      const events = new Events();
      const worker = new Worker({ store, registry, events }, { concurrency, exitOnComplete: true });
      await worker.run();
      const left = await store.count({});
      if (left > 0) throw new Error(`${left} jobs are left.`);
    },
    close: async () => {
      await store.close();
      await close();
    },
  };
}

function aJob(): NewJob {
  return {
    id: new ObjectId().toHexString(),
    performable: "Bench",
    action: "noop",
    args: [PAYLOAD],
    params: {},
    meta: {},
    queue: "default",
    priority: 0,
    maxAttempts: 25,
  };
}
