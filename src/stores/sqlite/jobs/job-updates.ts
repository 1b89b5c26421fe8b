import { DuplicateKeyError } from "../../../errors/errors.ts";
import { PARKED } from "../../../jobs/batch.ts";
import type { JobFilter, JobRecord, NewJob } from "../../../jobs/job-record.ts";
import type { JobTexts } from "../../../jobs/job-store.ts";
import type { Database } from "../database.ts";
import type { Value } from "../driver.ts";
import type { JobInsert } from "./job-insert.ts";
import { insertValues, type JobRow, toRecord } from "./job-row.ts";
import { condition } from "./job-search.ts";

const AGAIN = `state = 'ready', run_at = @now, attempts = 0, crashes = 0, last_error = NULL, fail_reason = NULL,
  failed_at = NULL, due_at = NULL`;

/** Where a failed job stands among the others. */
export interface FailedPlace {
  readonly failed_at: number;
  readonly id: string;
}

export interface RetrySlice {
  readonly after: FailedPlace;
  readonly until: FailedPlace;
  readonly limit: number;
  readonly now: number;
}

export interface RetriedSlice {
  readonly count: number;
  readonly last: FailedPlace | undefined;
}

/** What people, and calls with the same unique key, do to jobs that are stored. */
export class JobUpdates {
  readonly #database: Database;
  readonly #insert: JobInsert;

  constructor(database: Database, insert: JobInsert) {
    this.#database = database;
    this.#insert = insert;
  }

  /** @throws DuplicateKeyError when another job took the key meanwhile */
  retry(id: string, now: number): boolean {
    return this.#database.transaction(() => this.#retryOne(id, now)).immediate();
  }

  /** Where the failed jobs that fit end now; undefined where there are none. */
  lastFailed(filter: JobFilter): FailedPlace | undefined {
    const { where, values } = condition({ ...filter, state: "failed" });
    const sql = `SELECT failed_at, id FROM jobs ${where} ORDER BY failed_at DESC, id DESC LIMIT 1`;
    return this.#database.prepare<Value[], FailedPlace>(sql).get(...values);
  }

  /** Those after one place and not after another; whose key is taken stays failed. */
  retrySlice(filter: JobFilter, { after, until, limit, now }: RetrySlice): RetriedSlice {
    const { where, values } = condition({ ...filter, state: "failed" });
    const sql = `SELECT failed_at, id FROM jobs ${where} AND (failed_at, id) > (?, ?) AND (failed_at, id) <= (?, ?)
      ORDER BY failed_at, id LIMIT ?`;
    const places = [after.failed_at, after.id, until.failed_at, until.id, limit];
    const retryEach = () => {
      const jobs = this.#database.prepare<Value[], FailedPlace>(sql).all(...values, ...places);
      return { count: jobs.filter(({ id }) => this.#retryUnlessTaken(id, now)).length, last: jobs.at(-1) };
    };
    return this.#database.transaction(retryEach).immediate();
  }

  reschedule(id: string, runAt: number): boolean {
    return (
      this.#run("UPDATE jobs SET run_at = @runAt, due_at = NULL WHERE id = @id AND state = 'ready'", {
        id,
        runAt,
      }) > 0
    );
  }

  remove(id: string): boolean {
    return this.#run("DELETE FROM jobs WHERE id = @id AND state <> 'leased'", { id }) > 0;
  }

  cancel(id: string): boolean {
    return this.#run("DELETE FROM jobs WHERE id = @id AND state IN ('ready', 'leased')", { id }) > 0;
  }

  removeSlice(filter: JobFilter, running: boolean, limit: number): number {
    const { where, values } = condition(filter);
    const held = running ? "" : `${where === "" ? "WHERE" : "AND"} state <> 'leased'`;
    const sql = `DELETE FROM jobs WHERE id IN (SELECT id FROM jobs ${where} ${held} LIMIT ?)`;
    return this.#database.prepare<Value[]>(sql).run(...values, limit).changes;
  }

  rewriteTexts(id: string, { lastError, errors, progress }: JobTexts): boolean {
    const error = "UPDATE jobs SET last_error = @text WHERE id = @id AND last_error IS NOT NULL";
    const before = "UPDATE jobs SET errors = @text WHERE id = @id AND errors IS NOT NULL";
    const kept = errors?.map(({ at, ...error }) => ({ ...error, at: at.getTime() }));
    const said = `UPDATE jobs SET progress = json_set(progress, '$.text', @text)
      WHERE id = @id AND json_extract(progress, '$.text') IS NOT NULL`;
    const changed = [
      lastError === undefined ? 0 : this.#run(error, { id, text: lastError }),
      kept === undefined ? 0 : this.#run(before, { id, text: JSON.stringify(kept) }),
      progress === undefined ? 0 : this.#run(said, { id, text: progress }),
    ];
    return changed.some((count) => count > 0);
  }

  removeFailedBefore(before: number): number {
    const sql = "DELETE FROM jobs WHERE state = 'failed' AND failed_at < @before AND job_group IS NULL";
    return this.#run(sql, { before });
  }

  /** Puts another call in the place of a waiting one, which keeps its id and unique key. */
  replace(id: string, job: NewJob, now: number): JobRecord | undefined {
    const row = this.#database
      .prepare<Record<string, Value>, JobRow>(
        `UPDATE jobs SET handler = @handler, action = @action, args = @args, params = @params, meta = @meta,
           queue = @queue, priority = @priority, run_at = @run_at, max_attempts = @max_attempts, max_crashes = @max_crashes,
           attempts = 0, crashes = 0,
           unique_for = @unique_for, job_group = @job_group, expires_at = @expires_at, max_run_time = @max_run_time,
           backoff = @backoff, result_for = @result_for, limit_key = @limit_key, limits = @limits, format = @format, due_at = NULL, checkpoint = NULL, progress = NULL, progress_at = NULL, last_error = NULL, errors = NULL
         WHERE id = @id AND state = 'ready' AND unique_key = @unique_key RETURNING *`,
      )
      .get({ ...insertValues(job, now), id });
    return row && toRecord(row);
  }

  wakeGroup(group: string, now: number): number {
    const sql =
      "UPDATE jobs SET run_at = @now WHERE job_group = @group AND state = 'ready' AND run_at > @now";
    return this.#run(sql, { group, now });
  }

  startParked(group: string, runAt: number): number {
    const sql =
      "UPDATE jobs SET run_at = @runAt WHERE job_group = @group AND state = 'ready' AND run_at = @parked AND due_at IS NULL";
    return this.#run(sql, { group, runAt, parked: PARKED.getTime() });
  }

  releaseDone(group: string): void {
    const sql = `UPDATE jobs SET kept_until = finished_at + COALESCE(result_for, 0)
      WHERE job_group = @group AND state = 'done'`;
    this.#run(sql, { group });
  }

  dropGroup(group: string): number {
    return this.#run("DELETE FROM jobs WHERE job_group = @group AND state = 'ready'", { group });
  }

  pauseQueue(queue: string, now: number): void {
    this.#run("INSERT OR IGNORE INTO paused_queues (queue, paused_at) VALUES (@queue, @now)", { queue, now });
  }

  resumeQueue(queue: string): void {
    this.#run("DELETE FROM paused_queues WHERE queue = @queue", { queue });
  }

  #retryUnlessTaken(id: string, now: number): boolean {
    try {
      return this.#retryOne(id, now);
    } catch (error) {
      if (error instanceof DuplicateKeyError) return false;
      throw error;
    }
  }

  #retryOne(id: string, now: number): boolean {
    const job = this.#database.prepare<[string], JobRow>("SELECT * FROM jobs WHERE id = ?").get(id);
    if (job === undefined || (job.state !== "failed" && job.state !== "ready")) return false;
    this.#insert.checkKey(job, now);
    return this.#run(`UPDATE jobs SET ${AGAIN} WHERE id = @id`, { id, now }) > 0;
  }

  /** @returns how many rows changed */
  #run(sql: string, values: Record<string, Value>): number {
    return this.#database.prepare<Record<string, Value>>(sql).run(values).changes;
  }
}
