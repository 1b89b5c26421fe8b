import type { Config } from "../config/resolve-config.ts";
import type { BroadcastLedger } from "../newsletters/ledger.ts";
import type { JobStore } from "../queue/store.ts";
import type { ScheduleLedger } from "../schedules/ledger.ts";
import type { RateLedger } from "../transports/rate-ledger.ts";

/** What an application keeps its jobs and newsletters in. */
export interface Stores {
  readonly jobs: JobStore;
  readonly ledger: BroadcastLedger;
  readonly rates: RateLedger;
  readonly schedules: ScheduleLedger;
  /** Which store it is, for people; without credentials. */
  readonly description: string;
  /** Creates what is missing. @throws StoreError */
  ensureIndexes(): Promise<void>;
  /** What is missing or different, one line each. @throws StoreError */
  indexDifferences(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * Opens MongoDB where a URI is set, else the embedded SQLite store. Each library is loaded only when it is used.
 * @param now the clock of jobs in SQLite. @default Date.now
 * @throws StoreError
 */
export async function openStores(
  { mongodbUri, mongoose, sqlite, prefix, retention }: Config,
  now?: () => number,
): Promise<Stores> {
  if (mongodbUri === undefined && mongoose === undefined) {
    const { openSqliteStores } = await import("./sqlite/open.ts");
    return openSqliteStores(sqlite, { retention, ...(now && { now }) });
  }
  const { openMongoStores } = await import("./mongo/open.ts");
  return openMongoStores(mongoose ?? mongodbUri ?? "", { prefix, retention });
}
