import type { JobRecord } from "../../../jobs/job-record.ts";
import { type ClaimRequest, MAX_CRASHES, withFewPoisonous } from "../../../jobs/job-store.ts";
import { type Candidate, QueueRotation } from "../../../queue/queue-rotation.ts";
import type { Database, Statement } from "../database.ts";
import { type JobRow, toRecord } from "./job-row.ts";

export interface Due extends Candidate {
  readonly id: string;
  /** Read only where poisonous jobs must be told from others, because `crashes` is in no index. */
  readonly crashes?: number;
}

type Read = Statement<[queue: string, priority: number, until: number, limit: number], Due>;
type Window = Pick<ClaimRequest, "minPriority" | "maxPriority">;

const LOWEST = -(2 ** 31);
const HIGHEST = 2 ** 31 - 1;
const SUSPECT = `crashes >= ${MAX_CRASHES - 1}`;

/**
 * The due jobs of one queue after another, by seeks on one partial index (queue, priority, run_at): from priority to priority, so
 * that not even a hundred thousand better-priority jobs that are due later are looked at.
 */
export class DueJobs {
  readonly #nextPriority;
  readonly #all: Read;
  readonly #unsuspected: Read;
  readonly #poisonous: Read;
  readonly #anySuspect;

  constructor(database: Database) {
    const prepare = (columns: string, index: string, condition: string): Read =>
      database.prepare(
        `SELECT id, queue, priority, run_at AS runAt ${columns} FROM jobs INDEXED BY ${index}
         WHERE state = 'ready' ${condition} AND queue = ? AND priority = ? AND run_at <= ? ORDER BY run_at, id LIMIT ?`,
      );
    this.#all = prepare("", "jobs_claim", "");
    this.#unsuspected = prepare(", crashes", "jobs_claim", `AND NOT ${SUSPECT}`);
    this.#poisonous = prepare(", crashes", "jobs_suspects", `AND ${SUSPECT}`);
    this.#anySuspect = database.prepare<[], { id: string }>(
      `SELECT id FROM jobs INDEXED BY jobs_suspects WHERE state = 'ready' AND ${SUSPECT} LIMIT 1`,
    );
    this.#nextPriority = database.prepare<[string, number], { priority: number }>(
      `SELECT priority FROM jobs INDEXED BY jobs_claim
       WHERE state = 'ready' AND queue = ? AND priority >= ? ORDER BY priority LIMIT 1`,
    );
  }

  /** Best priority first, then the earliest. Poisonous jobs are no more than were asked for. */
  of(queue: string, request: ClaimRequest, now: number): readonly Due[] {
    const { poisonous } = request;
    const limit = Math.min(request.limit, request.room?.[queue] ?? request.limit);
    const read = (from: Read, most: number) => this.#inOrder(queue, request, { from, now, most });
    if (!this.#mustTell(poisonous)) return read(this.#all, limit);
    const few = [...read(this.#unsuspected, limit), ...read(this.#poisonous, Math.min(limit, poisonous))];
    return few.sort(compare).slice(0, limit);
  }

  /** When the first one is due, if that is not after `until`. */
  first(queue: string, request: ClaimRequest, until: number): number | undefined {
    const from = request.poisonous === 0 && this.#mustTell(0) ? this.#unsuspected : this.#all;
    const times = [...this.#priorities(queue, request)].flatMap((priority) =>
      from.all(queue, priority, until, 1).map(({ runAt }) => Number(runAt)),
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #inOrder(
    queue: string,
    window: Window,
    { from, now, most }: { readonly from: Read; readonly now: number; readonly most: number },
  ): readonly Due[] {
    const due: Due[] = [];
    for (const priority of this.#priorities(queue, window)) {
      if (due.length >= most) break;
      due.push(...from.all(queue, priority, now, most - due.length));
    }
    return due;
  }

  /** Whether poisonous jobs must be told from others. That is rare, and the claim cannot use its index then. */
  #mustTell(poisonous: number | undefined): poisonous is number {
    return poisonous !== undefined && this.#anySuspect.get() !== undefined;
  }

  /** The priorities a queue has jobs of, lowest first, each found by one seek. */
  *#priorities(queue: string, { minPriority = LOWEST, maxPriority = HIGHEST }: Window): Generator<number> {
    let from = minPriority;
    for (;;) {
      const priority = this.#nextPriority.get(queue, from)?.priority;
      if (priority === undefined || priority > maxPriority) return;
      yield priority;
      from = priority + 1;
    }
  }
}

function compare(a: Due, b: Due): number {
  return a.priority - b.priority || Number(a.runAt) - Number(b.runAt) || a.id.localeCompare(b.id);
}

/** Takes due jobs, from queue to queue by seeks too. */
export class JobClaim {
  readonly #due: DueJobs;
  readonly #nextQueue;
  readonly #paused;
  readonly #lease;
  readonly #turns = new QueueRotation();
  readonly #take: (request: ClaimRequest, now: number, leaseNow: number) => readonly JobRecord[];

  constructor(database: Database) {
    this.#due = new DueJobs(database);
    this.#nextQueue = database.prepare<[string], { queue: string }>(
      "SELECT queue FROM jobs INDEXED BY jobs_claim WHERE state = 'ready' AND queue > ? ORDER BY queue LIMIT 1",
    );
    this.#paused = database.prepare<[], { queue: string }>("SELECT queue FROM paused_queues");
    this.#lease = database.prepare<[string, string, number, number, string], JobRow>(
      `UPDATE jobs SET state = 'leased', lock_token = ?, locked_by = ?, locked_at = ?, locked_until = ?,
         attempts = attempts + 1
       WHERE id IN (SELECT value FROM json_each(?)) AND state = 'ready' RETURNING *`,
    );
    this.#take = database.transaction((request: ClaimRequest, now: number, leaseNow: number) =>
      this.#leaseDue(request, now, leaseNow),
    ).immediate;
  }

  /**
   * Takes no write lock when nothing is due.
   * @param leaseNow by the clock of leases
   */
  run(request: ClaimRequest, now: number, leaseNow: number): readonly JobRecord[] {
    const isDue = this.#queues(request).some(
      (queue) => this.#due.of(queue, { ...request, limit: 1 }, now).length > 0,
    );
    return isDue ? this.#take(request, now, leaseNow) : [];
  }

  /** The first time after `now`, and not after `until`, at which a job of these queues and priorities is due. */
  nextDue(request: ClaimRequest, now: number, until: number): number | undefined {
    const times = this.#queues(request).flatMap((queue) => this.#due.first(queue, request, until) ?? []);
    return times.length === 0 ? undefined : Math.max(now, Math.min(...times));
  }

  #leaseDue(request: ClaimRequest, now: number, leaseNow: number): readonly JobRecord[] {
    const ids = this.#dueIds(request, now);
    const { token, workerId, leaseMs } = request;
    const rows = this.#lease.all(token, workerId, leaseNow, leaseNow + leaseMs, JSON.stringify(ids));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => byId.get(id) ?? []).map(toRecord);
  }

  #dueIds(request: ClaimRequest, now: number): readonly string[] {
    const { limit, order = "fair", queues = [], weights = {} } = request;
    const lists = this.#queues(request).map((queue) => this.#due.of(queue, request, now));
    const picked = this.#turns.pick(lists, { limit, order, queues, weights });
    return withFewPoisonous(picked, request.poisonous).map(({ id }) => id);
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
