import {
  type JobPageRequest,
  type JobPlace,
  type JobTally,
  PAGE_ORDER,
  TALLIED_PRIORITIES,
  TALLIED_QUEUES,
} from "../../../jobs/job-list.ts";
import { JOB_STATES, type JobRecord, type JobState } from "../../../jobs/job-record.ts";
import type { Database } from "../database.ts";
import type { Value } from "../driver.ts";
import { type JobRow, toRecord } from "./job-row.ts";

const COLUMNS = {
  id: "id",
  queue: "queue",
  priority: "priority",
  runAt: "run_at",
  lockedUntil: "locked_until",
  failedAt: "failed_at",
  finishedAt: "finished_at",
} as const satisfies Record<keyof JobPlace, string>;

/** By state, the index that holds its jobs in the order of pages. */
const INDEXES = {
  ready: "jobs_claim",
  leased: "jobs_leases",
  failed: "jobs_failed",
  done: "jobs_done",
} as const satisfies Record<JobState, string>;

/** Below every priority. */
const LOWEST = -(2 ** 31) - 1;

/** What pages of a browser ask about jobs: only what an index answers without passing over others. */
export class JobPages {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  page({ state, queue, after, limit }: JobPageRequest): readonly JobRecord[] {
    const { keys, descending } = PAGE_ORDER[state ?? "all"];
    const columns = keys.map((key) => COLUMNS[key]);
    const isOfQueue = state === "ready" && queue !== undefined;
    const conditions = [
      ...(state === undefined ? [] : [`state = '${state}'`]),
      ...(isOfQueue ? ["queue = ?"] : []),
      ...(after
        ? [`(${columns.join(", ")}) ${descending ? "<" : ">"} (${columns.map(() => "?").join(", ")})`]
        : []),
    ];
    const place = after ? keys.map((key) => bound(after[key])) : [];
    const sql = `SELECT * FROM jobs ${state === undefined ? "" : `INDEXED BY ${INDEXES[state]}`}
      ${conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`}
      ORDER BY ${columns.map((column) => `${column} ${descending ? "DESC" : "ASC"}`).join(", ")} LIMIT ?`;
    const values: Value[] = [...(isOfQueue ? [queue] : []), ...place, limit];
    return this.#database
      .prepare<Value[], JobRow>(sql)
      .all(...values)
      .map(toRecord);
  }

  tally(most: number): JobTally {
    const states = Object.fromEntries(JOB_STATES.map((state) => [state, this.#count(state, most)]));
    return {
      // One for each state.
      states: states as JobTally["states"],
      queues: [...this.#queues()].map((queue) => ({
        queue,
        ready: this.#countOf(queue, most),
        firstAt: new Date(this.#firstAt(queue)),
      })),
    };
  }

  #count(state: JobState, most: number): number {
    const some = `SELECT 1 FROM jobs INDEXED BY ${INDEXES[state]} WHERE state = '${state}' LIMIT ?`;
    const sql = `SELECT count(*) AS count FROM (${some})`;
    return this.#database.prepare<[number], { count: number }>(sql).get(most)?.count ?? 0;
  }

  #countOf(queue: string, most: number): number {
    const sql = `SELECT count(*) AS count FROM (
      SELECT 1 FROM jobs INDEXED BY jobs_claim WHERE state = 'ready' AND queue = ? LIMIT ?)`;
    return this.#database.prepare<[string, number], { count: number }>(sql).get(queue, most)?.count ?? 0;
  }

  /** The earliest of the first jobs of its priorities, each found by one seek. */
  #firstAt(queue: string): number {
    const sql = `SELECT priority, run_at AS runAt FROM jobs INDEXED BY jobs_claim
      WHERE state = 'ready' AND queue = ? AND priority > ? ORDER BY priority, run_at LIMIT 1`;
    const next = this.#database.prepare<[string, number], { priority: number; runAt: number }>(sql);
    const times: number[] = [];
    let found = next.get(queue, LOWEST);
    for (; found && times.length < TALLIED_PRIORITIES; found = next.get(queue, found.priority))
      times.push(found.runAt);
    return Math.min(...times);
  }

  /** One after another, each found by one seek. */
  *#queues(): Generator<string> {
    const sql = `SELECT queue FROM jobs INDEXED BY jobs_claim WHERE state = 'ready' AND queue > ? ORDER BY queue LIMIT 1`;
    const next = this.#database.prepare<[string], { queue: string }>(sql);
    let queue = "";
    for (let count = 0; count < TALLIED_QUEUES; count += 1) {
      const found = next.get(queue)?.queue;
      if (found === undefined) return;
      yield found;
      queue = found;
    }
  }
}

function bound(value: string | number | Date | undefined): Value {
  return value instanceof Date ? value.getTime() : (value ?? 0);
}
