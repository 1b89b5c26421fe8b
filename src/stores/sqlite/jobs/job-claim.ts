import type { JobRecord } from "../../../jobs/job-record.ts";
import type { ClaimRequest } from "../../../jobs/job-store.ts";
import { withFewPoisonous } from "../../../queue/poison-jobs.ts";
import { QueueRotation } from "../../../queue/queue-rotation.ts";
import type { Database } from "../database.ts";
import { DueJobs } from "./due-jobs.ts";
import { type JobRow, toRecord } from "./job-row.ts";

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
