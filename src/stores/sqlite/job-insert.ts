import type { NewJob } from "../../job-record.ts";
import type { Inserted } from "../../queue/store.ts";
import type { Database } from "./database.ts";
import { insertValues, type JobRow, toRecord } from "./job-row.ts";

/** Inserts jobs, all in one transaction. */
export class JobInsert {
  readonly #insert;
  readonly #holder;
  readonly #all: (jobs: readonly NewJob[], now: number) => readonly Inserted[];

  constructor(database: Database) {
    this.#insert = database.prepare<Record<string, string | number | null>, JobRow>(
      `INSERT INTO jobs (id, performable, action, args, params, meta, queue, priority, run_at, state, max_attempts,
         created_at, unique_key, job_group, expires_at)
       VALUES (@id, @performable, @action, @args, @params, @meta, @queue, @priority, @run_at, 'ready', @max_attempts,
         @created_at, @unique_key, @job_group, @expires_at)
       RETURNING *`,
    );
    this.#holder = database.prepare<[string], JobRow>(
      "SELECT * FROM jobs WHERE unique_key = ? AND unique_key IS NOT NULL AND state IN ('ready', 'leased')",
    );
    const all = database.transaction((jobs: readonly NewJob[], now: number) =>
      jobs.map((job) => this.#one(job, now)),
    );
    this.#all = (jobs, now) => all.immediate(jobs, now);
  }

  run(jobs: readonly NewJob[], now: number): readonly Inserted[] {
    return this.#all(jobs, now);
  }

  /** The live job that has the key. */
  holder(uniqueKey: string): JobRow | undefined {
    return this.#holder.get(uniqueKey);
  }

  #one(job: NewJob, now: number): Inserted {
    const holder = job.uniqueKey === undefined ? undefined : this.holder(job.uniqueKey);
    if (holder) return { record: toRecord(holder), inserted: false };
    const row = this.#insert.get(insertValues(job, now));
    if (row === undefined) throw new Error("SQLite gave no row back for an insert.");
    return { record: toRecord(row), inserted: true };
  }
}
