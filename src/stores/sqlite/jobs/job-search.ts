import type {
  JobFilter,
  JobFind,
  JobRecord,
  NewerJobs,
  OverdueJobs,
  WaitingJobs,
} from "../../../jobs/job-record.ts";
import type { QueueCount } from "../../../jobs/job-store.ts";
import type { Database } from "../database.ts";
import type { Value } from "../driver.ts";
import { type JobRow, toRecord } from "./job-row.ts";

const COLUMNS: Readonly<Record<keyof JobFilter, string>> = {
  state: "state",
  queue: "queue",
  handler: "handler",
  action: "action",
  group: "job_group",
  uniqueKey: "unique_key",
};

/** What people and the command line ask about jobs. */
export class JobSearch {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(id: string): JobRecord | undefined {
    const row = this.#database.prepare<[string], JobRow>("SELECT * FROM jobs WHERE id = ?").get(id);
    return row && toRecord(row);
  }

  find({ order = "oldest", limit = 100, offset = 0, after, ...filter }: JobFind): readonly JobRecord[] {
    // SQLite takes a limit below 0 for no limit at all.
    if (limit < 1) return [];
    const { where, values } = after === undefined ? condition(filter) : laterThan(after, condition(filter));
    const by = filter.state === "failed" ? ["failed_at", "id"] : ["id"];
    const direction = order === "oldest" ? "ASC" : "DESC";
    const sorted = by.map((column) => `${column} ${direction}`).join(", ");
    const sql = `SELECT * FROM jobs ${where} ORDER BY ${sorted} LIMIT ? OFFSET ?`;
    return this.#database
      .prepare<Value[], JobRow>(sql)
      .all(...values, limit, offset)
      .map(toRecord);
  }

  count(filter: JobFilter): number {
    const { where, values } = condition(filter);
    const row = this.#database
      .prepare<Value[], { count: number }>(`SELECT count(*) AS count FROM jobs ${where}`)
      .get(...values);
    return row?.count ?? 0;
  }

  liveKeys(keys: readonly string[]): readonly string[] {
    return this.#database
      .prepare<[string], { key: string }>(
        `SELECT unique_key AS key FROM jobs WHERE unique_key IN (SELECT value FROM json_each(?))
         AND unique_key IS NOT NULL AND state IN ('ready', 'leased')`,
      )
      .all(JSON.stringify(keys))
      .map(({ key }) => key);
  }

  counts(): readonly QueueCount[] {
    return this.#database
      .prepare<[], QueueCount>(
        "SELECT queue, state, count(*) AS count FROM jobs GROUP BY queue, state ORDER BY queue, state",
      )
      .all();
  }

  /** @param ahead how far the clock of leases is ahead of the one that `before` was read from, in ms */
  overdue(before: number, ahead: number): readonly OverdueJobs[] {
    return this.#database
      .prepare<[number, number], { queue: string; count: number; oldest: number }>(
        `SELECT queue, count(*) AS count, min(run_at) AS oldest FROM jobs
         WHERE (state = 'ready' AND run_at < ?) OR (state = 'leased' AND locked_until < ?) GROUP BY queue ORDER BY queue`,
      )
      .all(before, before + ahead)
      .map(({ oldest, ...row }) => ({ ...row, oldest: new Date(oldest) }));
  }

  newer(format: number, before: number): NewerJobs | undefined {
    const found = this.#database
      .prepare<[number, number], { count: number; format: number; oldest: number }>(
        `SELECT count(*) AS count, max(format) AS format, min(created_at) AS oldest FROM jobs
         WHERE format > 1 AND format > ? AND state = 'ready' AND created_at < ?`,
      )
      .get(format, before);
    if (found === undefined || found.count === 0) return undefined;
    return { ...found, oldest: new Date(found.oldest) };
  }

  waiting(group: string): readonly WaitingJobs[] {
    return this.#database
      .prepare<[string], { error: string | null; count: number; due: number }>(
        `SELECT last_error AS error, count(*) AS count, min(run_at) AS due FROM jobs
         WHERE job_group = ? AND state = 'ready' GROUP BY last_error ORDER BY count DESC, last_error`,
      )
      .all(group)
      .map(({ error, count, due }) => ({
        ...(error !== null && { lastError: error }),
        ...{ count, due: new Date(due) },
      }));
  }

  hasLive(group: string): boolean {
    const sql = "SELECT 1 FROM jobs WHERE job_group = ? AND state IN ('ready', 'leased') LIMIT 1";
    return this.#database.prepare<[string]>(sql).get(group) !== undefined;
  }

  pausedQueues(): readonly string[] {
    const sql = "SELECT queue FROM paused_queues ORDER BY queue";
    return this.#database
      .prepare<[], { queue: string }>(sql)
      .all()
      .map(({ queue }) => queue);
  }
}

interface Condition {
  readonly where: string;
  readonly values: readonly string[];
}

function laterThan(id: string, { where, values }: Condition): Condition {
  return { where: `${where === "" ? "WHERE" : `${where} AND`} id > ?`, values: [...values, id] };
}

/** A WHERE clause: column names come from the list above, values are bound. */
export function condition(filter: JobFilter): Condition {
  const entries = Object.entries(COLUMNS).flatMap(([field, column]) => {
    const value: string | undefined = filter[field as keyof JobFilter];
    return value === undefined ? [] : [{ column, value }];
  });
  if (entries.length === 0) return { where: "", values: [] };
  return {
    where: `WHERE ${entries.map(({ column }) => `${column} = ?`).join(" AND ")}`,
    values: entries.map(({ value }) => value),
  };
}
