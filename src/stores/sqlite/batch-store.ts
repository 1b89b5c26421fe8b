import type {
  BatchCounts,
  BatchRecord,
  BatchStore,
  NewBatch,
  StoredBatchState,
} from "../../batches/batch-store.ts";
import type { Database } from "./database.ts";
import type { Value } from "./driver.ts";
import { migrate } from "./migrate.ts";
import { retryWhileBusy } from "./retry-while-busy.ts";

const SCHEMA: readonly string[] = [
  `CREATE TABLE batches (
     id TEXT PRIMARY KEY,
     key TEXT NOT NULL UNIQUE,
     total INTEGER NOT NULL,
     state TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     run_at INTEGER,
     done INTEGER,
     failed INTEGER,
     cancelled INTEGER,
     ended_at INTEGER
   ) WITHOUT ROWID;
   CREATE INDEX batches_open ON batches (id) WHERE state <> 'ended';
   CREATE INDEX batches_ended ON batches (ended_at) WHERE state = 'ended';`,
];

interface BatchRow {
  readonly id: string;
  readonly key: string;
  readonly total: number;
  readonly state: StoredBatchState;
  readonly created_at: number;
  readonly run_at: number | null;
  readonly done: number | null;
  readonly failed: number | null;
  readonly cancelled: number | null;
  readonly ended_at: number | null;
}

type Values = Record<string, Value>;

/** Batches in the embedded file. */
export class SqliteBatchStore implements BatchStore {
  readonly #database: Database;

  /** @throws StoreError */
  constructor(database: Database) {
    migrate(database, "batches", SCHEMA);
    this.#database = database;
  }

  async begin({ id, key, total, createdAt, runAt }: NewBatch) {
    const sql = `INSERT INTO batches (id, key, total, state, created_at, run_at)
      VALUES (@id, @key, @total, 'storing', @createdAt, @runAt) ON CONFLICT DO NOTHING`;
    const values = { id, key, total, createdAt: createdAt.getTime(), runAt: runAt?.getTime() ?? null };
    return this.#run(() => {
      const inserted = this.#write(sql, values);
      const [record] = this.#read("SELECT * FROM batches WHERE key = @key", { key });
      if (record === undefined) throw new Error("A batch that was stored is not there.");
      return { record, inserted };
    });
  }

  async advance(id: string, from: StoredBatchState, to: StoredBatchState): Promise<boolean> {
    const sql = "UPDATE batches SET state = @to WHERE id = @id AND state = @from";
    return this.#run(() => this.#write(sql, { id, from, to }));
  }

  async decide(id: string, { done, failed, cancelled }: BatchCounts): Promise<BatchRecord | undefined> {
    const sql = `UPDATE batches SET state = 'ending', done = @done, failed = @failed, cancelled = @cancelled
      WHERE id = @id AND state = 'running'`;
    return this.#run(() => {
      this.#write(sql, { id, done, failed, cancelled });
      return this.#read("SELECT * FROM batches WHERE id = @id", { id })[0];
    });
  }

  async end(id: string, at: Date): Promise<boolean> {
    const sql = "UPDATE batches SET state = 'ended', ended_at = @at WHERE id = @id AND state = 'ending'";
    return this.#run(() => this.#write(sql, { id, at: at.getTime() }));
  }

  async find(idOrKey: string): Promise<BatchRecord | undefined> {
    const sql = "SELECT * FROM batches WHERE id = @name OR key = @name ORDER BY id = @name DESC LIMIT 1";
    return (await this.#run(() => this.#read(sql, { name: idOrKey })))[0];
  }

  async list(limit: number): Promise<readonly BatchRecord[]> {
    return this.#run(() => this.#read("SELECT * FROM batches ORDER BY id DESC LIMIT @limit", { limit }));
  }

  async open(): Promise<readonly BatchRecord[]> {
    return this.#run(() => this.#read("SELECT * FROM batches WHERE state <> 'ended' ORDER BY id", {}));
  }

  async endedBefore(time: Date): Promise<readonly string[]> {
    const sql = "SELECT * FROM batches WHERE state = 'ended' AND ended_at < @time";
    return (await this.#run(() => this.#read(sql, { time: time.getTime() }))).map(({ id }) => id);
  }

  async rename(id: string, key: string): Promise<boolean> {
    return this.#run(() => this.#write("UPDATE batches SET key = @key WHERE id = @id", { id, key }));
  }

  async remove(id: string, state: StoredBatchState): Promise<boolean> {
    const sql = "DELETE FROM batches WHERE id = @id AND state = @state";
    return this.#run(() => this.#write(sql, { id, state }));
  }

  #run<T>(run: () => T): Promise<T> {
    return retryWhileBusy(this.#database, run);
  }

  #read(sql: string, values: Values): readonly BatchRecord[] {
    return this.#database.prepare<Values, BatchRow>(sql).all(values).map(toRecord);
  }

  #write(sql: string, values: Values): boolean {
    return this.#database.prepare<Values>(sql).run(values).changes > 0;
  }
}

function toRecord(row: BatchRow): BatchRecord {
  const { id, key, total, state, created_at, run_at, done, failed, cancelled, ended_at } = row;
  return {
    ...{ id, key, total, state, createdAt: new Date(created_at) },
    ...(run_at !== null && { runAt: new Date(run_at) }),
    ...(done !== null && failed !== null && cancelled !== null && { counts: { done, failed, cancelled } }),
    ...(ended_at !== null && { endedAt: new Date(ended_at) }),
  };
}
