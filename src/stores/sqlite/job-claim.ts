import type { JobRecord } from "../../job-record.ts";
import type { ClaimRequest } from "../../queue/store.ts";
import type { Database } from "./database.ts";
import { type JobRow, toRecord } from "./job-row.ts";

interface Due {
  readonly id: string;
  readonly run_at: number;
}

const LOWEST = -(2 ** 31);
const HIGHEST = 2 ** 31 - 1;

/**
 * Takes due jobs by seeks on one partial index (queue, priority, run_at): from queue to queue and priority to priority, so that
 * not even a hundred thousand better-priority jobs that are due later are looked at.
 */
export class JobClaim {
  readonly #nextQueue;
  readonly #nextPriority;
  readonly #due;
  readonly #lease;
  readonly #take: (request: ClaimRequest, now: number) => readonly JobRecord[];

  constructor(database: Database) {
    this.#nextQueue = database.prepare<[string], { queue: string }>(
      "SELECT queue FROM jobs INDEXED BY jobs_claim WHERE state = 'ready' AND queue > ? ORDER BY queue LIMIT 1",
    );
    this.#nextPriority = database.prepare<[string, number], { priority: number }>(
      `SELECT priority FROM jobs INDEXED BY jobs_claim
       WHERE state = 'ready' AND queue = ? AND priority >= ? ORDER BY priority LIMIT 1`,
    );
    this.#due = database.prepare<[string, number, number, number], Due>(
      `SELECT id, run_at FROM jobs INDEXED BY jobs_claim
       WHERE state = 'ready' AND queue = ? AND priority = ? AND run_at <= ? ORDER BY run_at, id LIMIT ?`,
    );
    this.#lease = database.prepare<[string, string, number, number, string], JobRow>(
      `UPDATE jobs SET state = 'leased', lock_token = ?, locked_by = ?, locked_at = ?, locked_until = ?,
         attempts = attempts + 1
       WHERE id IN (SELECT value FROM json_each(?)) AND state = 'ready' RETURNING *`,
    );
    const take = database.transaction((request: ClaimRequest, now: number) => this.#leaseDue(request, now));
    this.#take = (request, now) => take.immediate(request, now);
  }

  /** Takes no write lock when nothing is due. */
  run(request: ClaimRequest, now: number): readonly JobRecord[] {
    return this.#dueIds({ ...request, limit: 1 }, now).length === 0 ? [] : this.#take(request, now);
  }

  #leaseDue(request: ClaimRequest, now: number): readonly JobRecord[] {
    const ids = this.#dueIds(request, now);
    const { token, workerId, leaseMs } = request;
    const rows = this.#lease.all(token, workerId, now, now + leaseMs, JSON.stringify(ids));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => byId.get(id) ?? []).map(toRecord);
  }

  /** Best priority first, then earliest, over all queues asked for. */
  #dueIds(request: ClaimRequest, now: number): readonly string[] {
    const { limit, minPriority = LOWEST, maxPriority = HIGHEST } = request;
    const ids: string[] = [];
    let levels = this.#levels(this.#queues(request), minPriority, maxPriority);
    while (levels.length > 0 && ids.length < limit) {
      const priority = Math.min(...levels.map((level) => level.priority));
      const here = levels.filter((level) => level.priority === priority).map(({ queue }) => queue);
      const due = here.flatMap((queue) => this.#due.all(queue, priority, now, limit - ids.length));
      ids.push(
        ...due
          .sort(byTime)
          .slice(0, limit - ids.length)
          .map(({ id }) => id),
      );
      const further = this.#levels(here, priority + 1, maxPriority);
      levels = [...levels.filter((level) => level.priority !== priority), ...further];
    }
    return ids;
  }

  /** The next priority of each queue from `from` on; queues without one are left out. */
  #levels(
    queues: readonly string[],
    from: number,
    maxPriority: number,
  ): { queue: string; priority: number }[] {
    return queues.flatMap((queue) => {
      const priority = this.#nextPriority.get(queue, from)?.priority;
      return priority === undefined || priority > maxPriority ? [] : [{ queue, priority }];
    });
  }

  #queues({ queues = [], exceptQueues = [] }: ClaimRequest): readonly string[] {
    const asked = queues.length > 0 ? queues : this.#queuesWithJobs();
    return [...new Set(asked)].filter((queue) => !exceptQueues.includes(queue));
  }

  #queuesWithJobs(): readonly string[] {
    const names: string[] = [];
    for (let next = this.#nextQueue.get(""); next; next = this.#nextQueue.get(next.queue))
      names.push(next.queue);
    return names;
  }
}

function byTime(a: Due, b: Due): number {
  if (a.run_at !== b.run_at) return a.run_at - b.run_at;
  return a.id < b.id ? -1 : 1;
}
