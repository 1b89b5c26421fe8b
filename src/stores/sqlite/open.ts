import type { Stores } from "../stores.ts";
import { SqliteActivityStore } from "./activity-store.ts";
import { SqliteBatchStore } from "./batch-store.ts";
import { openDatabase } from "./database.ts";
import { SqliteJobStore, type SqliteJobStoreOptions } from "./jobs/job-store.ts";
import { SqliteNewsletterStore } from "./newsletters/newsletter-store.ts";
import { SqliteRateStore } from "./rate-store.ts";
import { SqliteScheduleStore } from "./schedule-store.ts";

/** Opens the embedded store; its tables are made at once, so nothing is ever missing. @throws StoreError */
export async function openSqliteStores(path: string, options: SqliteJobStoreOptions): Promise<Stores> {
  const database = await openDatabase(path);
  const jobs = new SqliteJobStore(database, options);
  return {
    jobs,
    ledger: new SqliteNewsletterStore(database),
    batches: new SqliteBatchStore(database),
    rates: new SqliteRateStore(database),
    schedules: new SqliteScheduleStore(database),
    activity: new SqliteActivityStore(database),
    description: `the embedded SQLite store ${path}: one machine. Set MONGODB_URI to share the queue between machines.`,
    ensureIndexes: async () => undefined,
    indexDifferences: async () => [],
    close: async () => {
      await jobs.close();
      database.close();
    },
  };
}
