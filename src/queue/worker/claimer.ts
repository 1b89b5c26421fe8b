import { randomUUID } from "node:crypto";
import { JobStateError } from "../../errors/errors.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { ClaimRequest, JobStore } from "../../jobs/job-store.ts";
import type { ResolvedWorkerOptions } from "./worker-options.ts";

/** Queues this worker leaves alone for a while because the thing all their jobs need is down. */
export class PausedQueues {
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns whether the queue was not paused before */
  pause(queue: string, ms: number): boolean {
    const before = this.#until.get(queue) ?? 0;
    this.#until.set(queue, Math.max(before, this.#now() + ms));
    return before <= this.#now();
  }

  has(queue: string): boolean {
    return (this.#until.get(queue) ?? 0) > this.#now();
  }

  names(): readonly string[] {
    return [...this.#until.keys()].filter((queue) => this.has(queue));
  }

  /** Milliseconds until the first of them is open again; Infinity when none is paused. */
  nextOpening(): number {
    const waits = [...this.#until.values()].map((until) => until - this.#now()).filter((ms) => ms > 0);
    return Math.min(Number.POSITIVE_INFINITY, ...waits);
  }
}

/** What is said of a job that was to be taken by its id, with the way out. */
function whyNotTaken(job: JobRecord | undefined): string {
  if (job === undefined) return "is done, was removed, or never was: jobs list shows those there are";
  const { state, lockedBy = "a worker" } = job;
  if (state === "done") return "is done: store its call once more to have it performed again";
  if (state === "leased")
    return `is held by ${lockedBy}: let it end, or take it back with jobs cancel; if its worker is gone, another frees it when its lease runs out`;
  return "waits for its batch or newsletter to give it its time: cancel that, or let it go on";
}

export interface ClaimerOptions {
  readonly store: JobStore;
  readonly workerId: string;
  readonly options: ResolvedWorkerOptions;
  /** How many jobs of a queue this worker holds. */
  readonly heldIn: (queue: string) => number;
  /** Whether it holds a job that is failed as `crashed` if this process goes away. */
  readonly holdsPoisonous: () => boolean;
  /** Of the claimed jobs, those that the limits of their keys let pass; the others are put behind. Defaults to all. */
  readonly admit?: (claimed: readonly JobRecord[]) => Promise<readonly JobRecord[]>;
  readonly now: () => number;
  readonly random: () => number;
}

const FIRST_ERROR_DELAY_MS = 100;
const LAST_ERROR_DELAY_MS = 10_000;
/** An idle worker sleeps so many times `sleepDelay` where its store tells it of new jobs. */
const SLEEP_DELAYS_WHEN_WATCHING = 5;

/** Claims due jobs for one worker: from which queues, how many of each, and when to look again. */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #paused: PausedQueues;
  #errors = 0;

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.#paused = new PausedQueues(options.now);
  }

  /** Whether the store did not answer the last claim. */
  get isFailing(): boolean {
    return this.#errors > 0;
  }

  /** Leaves a queue alone for a while. @returns whether it was not left alone before */
  pause(queue: string, ms: number): boolean {
    return this.#paused.pause(queue, ms);
  }

  /** Throws what the store throws. */
  async claim(limit: number): Promise<readonly JobRecord[]> {
    try {
      const jobs = await this.#claimAdmitted(limit);
      this.#errors = 0;
      return jobs;
    } catch (error) {
      this.#errors += 1;
      throw error;
    }
  }

  /**
   * Takes one job, whether it waits or failed.
   * @throws JobStateError when it cannot be taken, DuplicateKeyError when another job has its unique key, and what the store throws
   */
  async claimOne(id: string): Promise<JobRecord> {
    const { store, admit, workerId, options } = this.#options;
    const claim = { workerId, token: randomUUID(), leaseMs: options.lease };
    const job = await store.claimOne(id, claim);
    if (job === undefined) throw new JobStateError(id, whyNotTaken(await store.get(id)));
    const [passed] = admit === undefined ? [job] : await admit([job]);
    if (passed) return passed;
    throw new JobStateError(
      id,
      `waits, because the limit of "${job.limit?.key}" is used up: a worker performs it when there is room, or try again then`,
    );
  }

  /** Where a limit refused some, there may be others behind them. */
  async #claimAdmitted(limit: number): Promise<readonly JobRecord[]> {
    const { store, admit } = this.#options;
    const jobs: JobRecord[] = [];
    for (;;) {
      const claimed = await store.claim(this.#request(limit - jobs.length));
      const passed = admit === undefined ? claimed : await admit(claimed);
      jobs.push(...passed);
      if (passed.length === claimed.length || jobs.length >= limit) return jobs;
    }
  }

  /** How long to sleep when less was due than there is room for, in ms; a ring of the store ends the sleep. */
  async pauseMs(): Promise<number> {
    const { sleepDelay } = this.#options.options;
    const poll = sleepDelay * (0.9 + 0.2 * this.#options.random());
    if (this.#errors > 0)
      return Math.max(poll, Math.min(LAST_ERROR_DELAY_MS, FIRST_ERROR_DELAY_MS * 2 ** this.#errors));
    return Math.min(await this.#untilNextDue(poll), this.#paused.nextOpening());
  }

  /** Where the store tells of new jobs, only those that are stored already and due soon have to be looked for. */
  async #untilNextDue(poll: number): Promise<number> {
    const { store, now } = this.#options;
    if (!store.isWatching) return poll;
    try {
      const next = await store.nextDue(this.#request(1), poll * SLEEP_DELAYS_WHEN_WATCHING);
      return next === undefined
        ? poll * SLEEP_DELAYS_WHEN_WATCHING
        : Math.max(1, next.getTime() - store.clockOffset - now());
    } catch {
      // The next claim will say so.
      return poll;
    }
  }

  #request(limit: number): ClaimRequest {
    const { workerId, options, heldIn, holdsPoisonous } = this.#options;
    const { queues, minPriority, maxPriority, lease, order, weights, limits } = options;
    const room = Object.entries(limits).map(([queue, most]) => [queue, most - heldIn(queue)] as const);
    const full = room.filter(([, left]) => left <= 0).map(([queue]) => queue);
    return {
      workerId,
      token: randomUUID(),
      limit,
      leaseMs: lease,
      queues,
      exceptQueues: [...this.#paused.names(), ...full],
      order,
      weights,
      room: Object.fromEntries(room),
      poisonous: holdsPoisonous() ? 0 : 1,
      ...(minPriority !== undefined && { minPriority }),
      ...(maxPriority !== undefined && { maxPriority }),
    };
  }
}
