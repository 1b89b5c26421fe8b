import type { Stores } from "../stores.ts";
import { openDatabase } from "./database.ts";
import { SqliteJobStore, type SqliteJobStoreOptions } from "./jobs/job-store.ts";
import { SqliteBroadcastLedger } from "./newsletters/newsletter-store.ts";
import { SqliteRateLedger } from "./rate-store.ts";
import { SqliteScheduleLedger } from "./schedule-store.ts";

/** Opens the embedded store; its tables are made at once, so nothing is ever missing. @throws StoreError */
export async function openSqliteStores(path: string, options: SqliteJobStoreOptions): Promise<Stores> {
  const database = await openDatabase(path);
  const jobs = new SqliteJobStore(database, options);
  return {
    jobs,
    ledger: new SqliteBroadcastLedger(database),
    rates: new SqliteRateLedger(database),
    schedules: new SqliteScheduleLedger(database),
    description: `the embedded SQLite store ${path}: one machine. Set MONGODB_URI to share the queue between machines.`,
    ensureIndexes: async () => undefined,
    indexDifferences: async () => [],
    close: async () => {
      await jobs.close();
      database.close();
    },
  };
}
