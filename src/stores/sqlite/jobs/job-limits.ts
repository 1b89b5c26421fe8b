import { PARKED } from "../../../jobs/batch.ts";
import type { JobLimit } from "../../../jobs/job-limit.ts";
import type { Lease } from "../../../jobs/job-store.ts";
import type { Database } from "../database.ts";
import type { Value } from "../driver.ts";
import { limitIn } from "./job-row.ts";

const BEHIND = `due_at = run_at, run_at = ${PARKED.getTime()}`;

const SAME_NUMBERS = `json_extract(limits, '$.concurrency') IS @concurrency
  AND json_extract(limits, '$.rate.limit') IS @most AND json_extract(limits, '$.rate.per') IS @per`;

function valuesOf({ key, concurrency, rate }: JobLimit): Record<string, Value> {
  return { key, concurrency: concurrency ?? null, most: rate?.limit ?? null, per: rate?.per ?? null };
}

/** Jobs that wait behind others of their limit's key: no claim meets them, because they are due far away. */
export class JobLimits {
  readonly #putBehind: (leases: readonly Lease[], limits: readonly JobLimit[], now: number) => void;
  readonly #bringForward;
  readonly #next;
  readonly #count;

  constructor(database: Database) {
    const giveUp = database.prepare<Record<string, Value>>(
      `UPDATE jobs SET state = 'ready', attempts = attempts - 1, ${BEHIND}, lock_token = NULL, locked_by = NULL,
         locked_at = NULL, locked_until = NULL WHERE id = @id AND lock_token = @token AND state = 'leased'`,
    );
    const others = database.prepare<Record<string, Value>>(
      `UPDATE jobs SET ${BEHIND} WHERE limit_key = @key AND limit_key IS NOT NULL AND state = 'ready' AND run_at <= @now
         AND ${SAME_NUMBERS}`,
    );
    this.#putBehind = database.transaction(
      (leases: readonly Lease[], limits: readonly JobLimit[], now: number) => {
        for (const { id, token } of leases) giveUp.run({ id, token });
        for (const limit of limits) others.run({ ...valuesOf(limit), now });
      },
    ).immediate;
    this.#bringForward = database.prepare<Record<string, Value>>(
      `UPDATE jobs SET run_at = due_at, due_at = NULL WHERE id IN (
         SELECT id FROM jobs INDEXED BY jobs_behind WHERE due_at IS NOT NULL AND limit_key = @key AND state = 'ready'
           AND ${SAME_NUMBERS} ORDER BY priority, due_at, id LIMIT @count)`,
    );
    this.#next = database.prepare<[string], { limits: string }>(
      `SELECT limits FROM jobs INDEXED BY jobs_behind WHERE due_at IS NOT NULL AND limit_key > ? AND state = 'ready'
       ORDER BY limit_key LIMIT 1`,
    );
    this.#count = database.prepare<[string, number], { count: number }>(
      `SELECT count(*) AS count FROM (SELECT 1 FROM jobs INDEXED BY jobs_behind
         WHERE due_at IS NOT NULL AND limit_key = ? AND state = 'ready' LIMIT ?)`,
    );
  }

  putBehind(leases: readonly Lease[], limits: readonly JobLimit[], now: number): void {
    this.#putBehind(leases, limits, now);
  }

  bringForward(limit: JobLimit, count: number): number {
    return this.#bringForward.run({ ...valuesOf(limit), count }).changes;
  }

  nextBehind(key: string): JobLimit | undefined {
    const found = this.#next.get(key);
    return found && limitIn(found.limits);
  }

  countBehind(key: string, most: number): number {
    return this.#count.get(key, most)?.count ?? 0;
  }
}
