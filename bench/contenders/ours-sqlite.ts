import type { OpenContender } from "../support/contender.ts";
import { sqliteAt } from "../support/store-at.ts";
import { contenderOn } from "./ours.ts";

/** Our queue on SQLite, synced at every write. */
export const open: OpenContender = async ({ uri, concurrency }) => {
  const { store, database, close } = await sqliteAt(uri);
  const failAll = database.prepare(
    `UPDATE jobs SET state = 'failed', attempts = 25, last_error = 'Error: no', fail_reason = 'exhausted',
       failed_at = created_at WHERE handler = ?`,
  );
  return contenderOn(store, {
    concurrency,
    close,
    failAll: async (handler) => void failAll.run(handler),
    settle: async () => void database.pragma("wal_checkpoint(TRUNCATE)"),
  });
};
