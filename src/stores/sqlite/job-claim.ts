import type { JobRecord } from "../../job-record.ts";
import type { ClaimRequest } from "../../queue/store.ts";
import { type Candidate, Turns } from "../../queue/turns.ts";
import type { Database } from "./database.ts";
import { type JobRow, toRecord } from "./job-row.ts";

interface Due extends Candidate {
  readonly id: string;
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
  readonly #paused;
  readonly #lease;
  readonly #turns = new Turns();
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
      `SELECT id, queue, priority, run_at AS runAt FROM jobs INDEXED BY jobs_claim
       WHERE state = 'ready' AND queue = ? AND priority = ? AND run_at <= ? ORDER BY run_at, id LIMIT ?`,
    );
    this.#paused = database.prepare<[], { queue: string }>("SELECT queue FROM paused_queues");
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
    const isDue = this.#queues(request).some(
      (queue) => this.#dueOf(queue, { ...request, limit: 1 }, now).length > 0,
    );
    return isDue ? this.#take(request, now) : [];
  }

  /** The first time after `now`, and not after `until`, at which a job of these queues and priorities is due. */
  nextDue(request: ClaimRequest, now: number, until: number): number | undefined {
    const times = this.#queues(request).flatMap((queue) =>
      [...this.#priorities(queue, request)].flatMap((priority) => {
        const [first] = this.#due.all(queue, priority, until, 1);
        return first ? [Number(first.runAt)] : [];
      }),
    );
    return times.length === 0 ? undefined : Math.max(now, Math.min(...times));
  }

  #leaseDue(request: ClaimRequest, now: number): readonly JobRecord[] {
    const ids = this.#dueIds(request, now);
    const { token, workerId, leaseMs } = request;
    const rows = this.#lease.all(token, workerId, now, now + leaseMs, JSON.stringify(ids));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => byId.get(id) ?? []).map(toRecord);
  }

  #dueIds(request: ClaimRequest, now: number): readonly string[] {
    const { limit, order = "fair", queues = [], weights = {} } = request;
    const lists = this.#queues(request).map((queue) => this.#dueOf(queue, request, now));
    return this.#turns.pick(lists, { limit, order, queues, weights }).map(({ id }) => id);
  }

  /** Best priority first, then earliest. */
  #dueOf(queue: string, request: ClaimRequest, now: number): readonly Due[] {
    const limit = Math.min(request.limit, request.room?.[queue] ?? request.limit);
    const due: Due[] = [];
    for (const priority of this.#priorities(queue, request)) {
      if (due.length >= limit) break;
      due.push(...this.#due.all(queue, priority, now, limit - due.length));
    }
    return due;
  }

  /** The priorities a queue has jobs of, lowest first, each found by one seek. */
  *#priorities(
    queue: string,
    { minPriority = LOWEST, maxPriority = HIGHEST }: ClaimRequest,
  ): Generator<number> {
    let from = minPriority;
    for (;;) {
      const priority = this.#nextPriority.get(queue, from)?.priority;
      if (priority === undefined || priority > maxPriority) return;
      yield priority;
      from = priority + 1;
    }
  }

  #queues({ queues = [], exceptQueues = [] }: ClaimRequest): readonly string[] {
    const asked = queues.length > 0 ? queues : this.#queuesWithJobs();
    const paused = this.#paused.all().map(({ queue }) => queue);
    const except = new Set([...exceptQueues, ...paused]);
    return [...new Set(asked)].filter((queue) => !except.has(queue));
  }

  #queuesWithJobs(): readonly string[] {
    const names: string[] = [];
    for (let next = this.#nextQueue.get(""); next; next = this.#nextQueue.get(next.queue))
      names.push(next.queue);
    return names;
  }
}
