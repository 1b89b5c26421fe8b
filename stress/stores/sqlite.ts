import { join } from "node:path";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { SqliteNewsletterStore } from "../../src/stores/sqlite/newsletters/newsletter-store.ts";
import type { Fault } from "../faults/fault.ts";
import type { StoreOptions, StoreUnderStress } from "../store-under-stress.ts";

/** Longer than this the parent, which has a run to lead, does not wait for the write lock. */
const PATIENCE_MS = 50;

export async function openSqliteUnderStress({ folder, leaseMs }: StoreOptions): Promise<StoreUnderStress> {
  const path = join(folder, "store.sqlite");
  const database = await openDatabase(path, { busyTimeout: PATIENCE_MS });
  return {
    name: "SQLite",
    env: { DELAYED_MAILER_SQLITE: path, MONGODB_URI: undefined },
    jobs: new SqliteJobStore(database),
    ledger: new SqliteNewsletterStore(database),
    reapMarginMs: 0,
    lockFile: path,
    faults: { lock: lockFault(leaseMs) },
    close: async () => void database.close(),
  };
}

/** Another program holds the write lock: for a while, or longer than anybody waits for it (5 s). */
function lockFault(leaseMs: number): Fault {
  return {
    weight: 6,
    of: "the store",
    begin: async ({ lockHolder }, random) => {
      const ms = random.chance(0.8) ? random.between(200, leaseMs) : random.between(5_500, 7_000);
      if (!lockHolder?.isAtWork) return undefined;
      lockHolder.send(ms);
      const isFree = lockHolder.answer();
      return { ms: 0, end: () => isFree };
    },
  };
}
