import { randomUUID } from "node:crypto";
import mongoose from "mongoose";
import { type ContenderContext, type OpenContender, PAYLOAD } from "../support/contender.ts";

const BATCH = 100;
const CONCERNS = { writeConcern: { w: "majority", journal: true } } as const;

/** What the driver alone can do with our way of claiming: read 100, take them by one update, delete them by one write. */
export const open: OpenContender = async ({ uri, onCommand }: ContenderContext) => {
  const connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise();
  connection.getClient().on("commandStarted", onCommand);
  const jobs = connection.getClient().db().collection("floor", CONCERNS);
  await jobs.createIndex(
    { queue: 1, priority: 1, runAt: 1, _id: 1 },
    { partialFilterExpression: { state: "ready" } },
  );
  const aJob = () => ({
    performable: "Bench",
    action: "noop",
    args: [PAYLOAD],
    params: {},
    meta: {},
    queue: "default",
    priority: 0,
    runAt: new Date(),
    state: "ready",
    attempts: 0,
    maxAttempts: 25,
    crashes: 0,
    createdAt: new Date(),
  });
  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await jobs.insertOne(aJob());
    },
    enqueueBulk: async (count) => {
      for (let left = count; left > 0; left -= 1_000)
        await jobs.insertMany(Array.from({ length: Math.min(left, 1_000) }, aJob));
    },
    workOff: async () => {
      for (;;) {
        const due = { state: "ready", queue: { $in: ["default"] }, runAt: { $lte: new Date() } };
        const found = await jobs.find(due).sort({ priority: 1, runAt: 1, _id: 1 }).limit(BATCH).toArray();
        if (found.length === 0) return;
        const ids = found.map(({ _id }) => _id);
        const lockToken = randomUUID();
        await jobs.updateMany(
          { _id: { $in: ids }, state: "ready" },
          { $set: { state: "leased", lockToken } },
        );
        await jobs.bulkWrite([{ deleteMany: { filter: { _id: { $in: ids }, lockToken } } }], {
          ordered: false,
        });
      }
    },
    close: () => connection.close(),
  };
};
