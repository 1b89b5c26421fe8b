import { DuplicateKeyError } from "../../../errors/errors.ts";
import type { NewJob } from "../../../jobs/job-record.ts";
import { type Inserted, newRecord } from "../../../jobs/job-store.ts";
import type { Database } from "../database.ts";
import { insertValues, type JobRow, toRecord } from "./job-row.ts";

/** Inserts jobs, all in one transaction. */
export class JobInsert {
  readonly #insert;
  readonly #holder;
  readonly #all: (jobs: readonly NewJob[], now: number) => readonly Inserted[];

  constructor(database: Database) {
    this.#insert = database.prepare<Record<string, string | number | null>>(
      `INSERT INTO jobs (id, handler, action, args, params, meta, queue, priority, run_at, state, max_attempts,
         max_crashes, created_at, unique_key, unique_for, job_group, expires_at, max_run_time, backoff, result_for,
         limit_key, limits, format)
       VALUES (@id, @handler, @action, @args, @params, @meta, @queue, @priority, @run_at, 'ready', @max_attempts,
         @max_crashes, @created_at, @unique_key, @unique_for, @job_group, @expires_at, @max_run_time, @backoff, @result_for,
         @limit_key, @limits, @format)`,
    );
    // A live one, or a done one that keeps it for a while.
    this.#holder = database.prepare<{ key: string; now: number }, JobRow>(
      `SELECT * FROM jobs WHERE unique_key = @key AND unique_key IS NOT NULL AND state IN ('ready', 'leased')
       UNION ALL
       SELECT * FROM jobs WHERE unique_key = @key AND key_until > @now AND key_until IS NOT NULL AND state = 'done'
       LIMIT 1`,
    );
    this.#all = database.transaction((jobs: readonly NewJob[], now: number) =>
      jobs.map((job) => this.#one(job, now)),
    ).immediate;
  }

  run(jobs: readonly NewJob[], now: number): readonly Inserted[] {
    return this.#all(jobs, now);
  }

  /** @throws DuplicateKeyError when another job has this one's key */
  checkKey({ id, unique_key: key }: Pick<JobRow, "id" | "unique_key">, now: number): void {
    const holder = key === null ? undefined : this.#holder.get({ key, now });
    if (key !== null && holder && holder.id !== id) throw new DuplicateKeyError(key, holder.id);
  }

  #one(job: NewJob, now: number): Inserted {
    const holder = job.uniqueKey === undefined ? undefined : this.#holder.get({ key: job.uniqueKey, now });
    if (holder) return { record: toRecord(holder), inserted: false };
    this.#insert.run(insertValues(job, now));
    return { record: newRecord(job, new Date(now)), inserted: true };
  }
}
