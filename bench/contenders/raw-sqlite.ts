import { randomUUID } from "node:crypto";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { retryWhileBusy } from "../../src/stores/sqlite/retry-while-busy.ts";
import { type ContenderContext, type OpenContender, PAYLOAD } from "../support/contender.ts";

const BATCH = 100;

/** What the SQLite driver alone can do: takes 100 rows by one update, deletes them by another, synced at every write. */
export const open: OpenContender = async ({ uri }: ContenderContext) => {
  const database = await openDatabase(uri);
  database.exec(
    `CREATE TABLE IF NOT EXISTS raw (id TEXT PRIMARY KEY, priority INTEGER, run_at INTEGER, state TEXT, token TEXT, args TEXT);
     CREATE INDEX IF NOT EXISTS raw_claim ON raw (priority, run_at, id) WHERE state = 'ready'`,
  );
  const insert = database.prepare(
    "INSERT INTO raw (id, priority, run_at, state, args) VALUES (?, 0, ?, 'ready', ?)",
  );
  const insertAll = database.transaction((count: number) => {
    for (let index = 0; index < count; index++) insert.run(randomUUID(), Date.now(), JSON.stringify(PAYLOAD));
  });
  const insertMany = (count: number) => retryWhileBusy(database, () => insertAll.immediate(count));
  const take = database.prepare(
    `UPDATE raw SET state = 'leased', token = ? WHERE id IN
       (SELECT id FROM raw WHERE state = 'ready' AND run_at <= ? ORDER BY priority, run_at, id LIMIT ${BATCH}) RETURNING *`,
  );
  const remove = database.prepare(
    "DELETE FROM raw WHERE id IN (SELECT value FROM json_each(?)) AND token = ?",
  );
  const left = database.prepare("SELECT 1 FROM raw LIMIT 1");

  async function takeMany(): Promise<number> {
    const token = randomUUID();
    const rows = await retryWhileBusy(
      database,
      () => take.all(token, Date.now()) as { readonly id: string }[],
    );
    const ids = JSON.stringify(rows.map(({ id }) => id));
    if (rows.length > 0) await retryWhileBusy(database, () => remove.run(ids, token));
    return rows.length;
  }

  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await insertMany(1);
    },
    enqueueBulk: async (count) => {
      for (let rest = count; rest > 0; rest -= 1_000) await insertMany(Math.min(rest, 1_000));
    },
    work: async (onPerformed) => {
      const turn = async () => {
        const taken = await takeMany();
        for (let index = 0; index < taken; index++) onPerformed();
        if (taken > 0) setImmediate(turn);
      };
      setImmediate(turn);
    },
    isDrained: async () => left.get() === undefined,
    close: async () => void database.close(),
  };
};
