import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import mongoose from "mongoose";
import { jobIndexes } from "../../src/stores/mongo/indexes.ts";
import { type ContenderContext, type OpenContender, PAYLOAD } from "../support/contender.ts";

interface RawJob {
  readonly _id: mongoose.Types.ObjectId;
  readonly state: string;
  readonly queue: string;
  readonly runAt: Date;
  readonly lockToken?: string;
}

const CONCERNS = { writeConcern: { w: "majority", journal: true } } as const;
/** How long to wait when there was nothing. */
const EMPTY_MS = 5;
const SORT = { priority: 1, runAt: 1, _id: 1 } as const;

/**
 * What the driver alone can do, without leases, attempts, failures or hooks. `batch: 100` reads 100 jobs, takes them by one update
 * and deletes them by one write; `batch: 1` takes each by a findAndModify and deletes it, in one loop, which is faster than many here.
 */
export const open: OpenContender = async ({ uri, settings, onCommand }: ContenderContext) => {
  const connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise();
  connection.getClient().on("commandStarted", onCommand);
  const jobs = connection.getClient().db().collection<RawJob>("raw", CONCERNS);
  const [claim] = jobIndexes("raw");
  if (claim) await jobs.createIndex({ ...claim.key }, { partialFilterExpression: { state: "ready" } });
  const batch = Number(settings.batch ?? 100);

  const due = () => ({ state: "ready", queue: { $in: ["default"] }, runAt: { $lte: new Date() } });
  const lease = (lockToken: string) => ({ $set: { state: "leased", lockToken } });

  async function takeMany(): Promise<number> {
    const found = await jobs
      .find(due())
      .sort(SORT)
      .limit(batch)
      .batchSize(batch + 1)
      .toArray();
    if (found.length === 0) return 0;
    const lockToken = randomUUID();
    const ids = found.map(({ _id }) => _id);
    const won = await jobs.updateMany({ _id: { $in: ids }, state: "ready" }, lease(lockToken));
    await jobs.bulkWrite([{ deleteMany: { filter: { _id: { $in: ids }, lockToken } } }], { ordered: false });
    return won.modifiedCount;
  }

  async function takeOne(): Promise<number> {
    const lockToken = randomUUID();
    const job = await jobs.findOneAndUpdate(due(), lease(lockToken), { sort: SORT });
    if (job === null) return 0;
    await jobs.deleteOne({ _id: job._id, lockToken });
    return 1;
  }

  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await jobs.insertOne(aJob());
    },
    enqueueBulk: async (count) => {
      for (let left = count; left > 0; left -= 1_000)
        await jobs.insertMany(Array.from({ length: Math.min(left, 1_000) }, aJob), { ordered: false });
    },
    work: async (onPerformed) => {
      const loop = async (take: () => Promise<number>) => {
        for (;;) {
          const taken = await take();
          for (let index = 0; index < taken; index++) onPerformed();
          if (taken === 0) await sleep(EMPTY_MS);
        }
      };
      void loop(batch > 1 ? takeMany : takeOne);
    },
    isDrained: async () => (await jobs.findOne({ state: { $in: ["ready", "leased"] } })) === null,
    close: () => connection.close(),
  };
};

function aJob() {
  const now = new Date();
  return {
    _id: new mongoose.Types.ObjectId(),
    handler: "Bench",
    action: "noop",
    args: [PAYLOAD],
    params: {},
    meta: {},
    queue: "default",
    priority: 0,
    runAt: now,
    state: "ready",
    attempts: 0,
    maxAttempts: 25,
    crashes: 0,
    createdAt: now,
  };
}
