import type { Connection } from "mongoose";
import type { MongooseConnection } from "../mongoose-connection.ts";
import type { Stores } from "../stores.ts";
import { MongoActivityStore } from "./activity-store.ts";
import { MongoBatchStore } from "./batch-store.ts";
import { adopt, connect, describeConnection } from "./connection.ts";
import { createIndexes, indexDifferences } from "./indexes.ts";
import { MongoJobStore } from "./jobs/job-store.ts";
import { MongoNewsletterStore } from "./newsletters/newsletter-store.ts";
import { MongoRateStore } from "./rate-store.ts";
import { MongoScheduleStore } from "./schedule-store.ts";

export interface MongoStoresOptions {
  /** What the names of collections begin with. */
  readonly prefix: string;
  /** How long done jobs are kept, in ms. */
  readonly retention: number;
}

/**
 * Connects to MongoDB, or uses the application's own connection; its indexes are the caller's to check or create.
 * @throws StoreError
 */
export async function openMongoStores(
  to: string | MongooseConnection,
  options: MongoStoresOptions,
): Promise<Stores> {
  const connection = typeof to === "string" ? await connect(to) : await adopt(to);
  const close = async () => {
    // A server that is gone needs no farewell.
    if (typeof to === "string") await connection.destroy().catch(() => undefined);
  };
  try {
    return await openOn(connection, { ...options, close });
  } catch (error) {
    await close();
    throw error;
  }
}

interface OpenOptions extends MongoStoresOptions {
  readonly close: () => Promise<void>;
}

async function openOn(connection: Connection, { prefix, retention, close }: OpenOptions): Promise<Stores> {
  const jobs = new MongoJobStore(connection, { collection: `${prefix}_jobs`, retention });
  const ledger = new MongoNewsletterStore(connection, { prefix });
  const batches = new MongoBatchStore(connection, `${prefix}_batches`);
  await jobs.open();
  await ledger.open();
  const indexes = [...jobs.indexes, ...ledger.indexes, ...batches.indexes];
  return {
    jobs,
    ledger,
    batches,
    rates: new MongoRateStore(connection, `${prefix}_rates`),
    schedules: new MongoScheduleStore(connection, `${prefix}_schedules`),
    activity: new MongoActivityStore(connection, { prefix }),
    description: describeConnection(connection),
    ensureIndexes: () => createIndexes(connection, indexes),
    indexDifferences: () => indexDifferences(connection, indexes),
    close: async () => {
      await jobs.close();
      await close();
    },
  };
}
