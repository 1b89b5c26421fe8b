import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { StoreGoneError, WorkerStuckError } from "../../errors/errors.ts";
import type { Events } from "../../events.ts";
import { quarticBackoff } from "../../jobs/backoff.ts";
import { headline } from "../../jobs/describe-error.ts";
import { type Backoff, type JobHost, NO_HOST, type Registry } from "../../jobs/handler.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { JobStore, Reaped } from "../../jobs/job-store.ts";
import type { RateStore } from "../../transports/rates/rate-store.ts";
import type { AttemptOptions } from "../attempt/attempt-result.ts";
import { notifyCrash } from "../attempt/notify-failure.ts";
import { Lifecycle } from "../lifecycle.ts";
import { type Chore, Chores, Reaper } from "./chores.ts";
import { ClaimLoop } from "./claim-loop.ts";
import { Claimer } from "./claimer.ts";
import { JobRunner } from "./job-runner.ts";
import { LimitGate } from "./limit-gate.ts";
import { atMost, WakeSignal } from "./timed-waits.ts";
import { ClockCheck, type Overtime, OvertimeCheck } from "./worker-checks.ts";
import { type ResolvedWorkerOptions, resolveWorkerOptions, type WorkerOptions } from "./worker-options.ts";

export interface WorkerDependencies {
  readonly store: JobStore;
  readonly registry: Registry;
  /** The application that the jobs belong to. Without it no mail can be sent. */
  readonly host?: JobHost;
  readonly events: Events;
  /** For jobs whose handler sets none. Defaults to `attempts^4 + 5` s with jitter. */
  readonly backoff?: Backoff;
  /** What plugins stand around. Defaults to nothing. */
  readonly lifecycle?: Lifecycle;
  /** Whether given-up jobs are kept where their handler does not say. @default true */
  readonly keepFailed?: boolean;
  /** How long a job that this process does not know is left to others, in ms from when it was stored. @default 0 */
  readonly deployGraceMs?: number;
  /** Whether a job whose handler or action is not known is never failed, but left to others. @default false */
  readonly leavesUnknown?: boolean;
  readonly now?: () => number;
  readonly random?: () => number;
  /** A job of this batch has ended, as the store has it; the worker does not end before what this promises. */
  readonly onBatchJobEnded?: (id: string) => Promise<void>;
  /** What processes share of the limits of jobs. Without it no job is limited. */
  readonly rates?: RateStore;
  /** What it does now and then while it runs, beside its jobs. Defaults to nothing. */
  readonly chores?: readonly Chore[];
}

/** What a finite piece of work came to. */
export interface WorkedOff {
  readonly succeeded: number;
  /** Attempts that ended in an error, whether the job is tried again or kept as failed. */
  readonly failed: number;
}

/** How a worker stands. */
export interface WorkerStatus {
  readonly worker: string;
  readonly isStopping: boolean;
  /** Whether the store answered the last time it was asked for jobs. */
  readonly storeWorks: boolean;
  /** Jobs running now. */
  readonly running: number;
  /** Jobs done since the start. */
  readonly done: number;
  /** Attempts that ended in an error since the start. */
  readonly failed: number;
  /** Whether actions that do not end have all its places, so that it performs nothing any more. */
  readonly isStuck: boolean;
}

const OVERTIME_LOOK_MS = 1_000;
const ABORT_GRACE_MS = 2_000;
/** How long the store has to take what is known of the jobs of a worker that stops. */
const SHUTDOWN_FLUSH_MS = 10_000;

/** Claims due jobs in batches and has them performed, until it is told to stop. */
export class Worker {
  /** Random at every start, so that no two workers are ever taken for one. */
  readonly id: string;
  readonly #options: ResolvedWorkerOptions;
  readonly #store: JobStore;
  readonly #events: Events;
  readonly #performing: AttemptOptions;
  readonly #runner: JobRunner;
  readonly #reaper: Reaper;
  readonly #chores: Chores;
  readonly #claimer: Claimer;
  readonly #loop: ClaimLoop;
  readonly #gate: LimitGate | undefined;
  readonly #stop = new WakeSignal();
  #stopping = false;
  /** What cannot get better while this process runs. */
  #gone: StoreGoneError | WorkerStuckError | undefined;

  /** @throws InvalidOptionsError */
  constructor(dependencies: WorkerDependencies, options: WorkerOptions = {}) {
    const {
      store,
      registry,
      host = NO_HOST,
      events,
      backoff = quarticBackoff(),
      lifecycle = new Lifecycle(events),
      keepFailed = true,
      deployGraceMs = 0,
      leavesUnknown = false,
      now = Date.now,
      random = Math.random,
      chores = [],
      onBatchJobEnded,
      rates,
    } = dependencies;
    this.#options = resolveWorkerOptions(options);
    this.id = identity(this.#options.name);
    this.#store = store;
    this.#events = events;
    const worker = this.id;
    const { maxRunTime, reapEvery: everyMs } = this.#options;
    const limits = { maxRunTime, keepFailed, deployGraceMs, leavesUnknown };
    // When a job is tried again, and whether it has expired, is compared with times in the store, so its clock decides.
    const storeNow = () => now() + store.clockOffset;
    this.#performing = {
      registry,
      host,
      backoff,
      lifecycle,
      events,
      store,
      worker,
      ...limits,
      now: storeNow,
    };
    this.#gate = rates && this.#makeGate(rates);
    const gate = this.#gate;
    this.#runner = this.#makeRunner(onBatchJobEnded);
    this.#claimer = new Claimer({
      store,
      workerId: worker,
      options: this.#options,
      heldIn: (queue) => this.#runner.heldIn(queue),
      ...(gate && { admit: (claimed) => gate.admit(claimed) }),
      holdsPoisonous: () => this.#runner.holdsPoisonous,
      now,
      random,
    });
    this.#loop = new ClaimLoop({
      claimer: this.#claimer,
      runner: this.#runner,
      options: this.#options,
      onClaimed: (count, ms) => events.emit("jobs.claimed", { worker, count, ms }),
      onError: (error) => this.#report("claiming jobs", error),
      onComplete: () => this.stop(),
    });
    const clock = new ClockCheck((offsetMs) => events.emit("worker.clock-off", { worker, offsetMs }));
    const overtime = new OvertimeCheck({
      concurrency: this.#options.concurrency,
      patienceMs: this.#options.grace,
      onOvertime: (found) => this.#onOvertime(found),
    });
    const watch: Chore = {
      name: "looking for actions that do not end",
      everyMs: OVERTIME_LOOK_MS,
      run: async () => overtime.check(this.#runner.overtime),
    };
    this.#chores = new Chores({
      chores: [watch, ...(gate ? [gate] : []), ...chores],
      random,
      onError: (during, error) => this.#report(during, error),
    });
    this.#reaper = new Reaper({
      store,
      everyMs,
      random,
      mayFree: () => this.#runner.writeRefused(),
      onReaped: (reaped) => this.#onReaped(reaped),
      onLooked: () => clock.check(store.clockOffset),
      onError: (error) => this.#report("freeing leases", error),
    });
  }

  /** Jobs running now. */
  get running(): number {
    return this.#runner.running;
  }

  get status(): WorkerStatus {
    const { running, done, failed } = this.#runner;
    const storeWorks = !this.#claimer.isFailing;
    const isStuck = this.#gone instanceof WorkerStuckError;
    return { worker: this.id, isStopping: this.#stopping, storeWorks, running, done, failed, isStuck };
  }

  /**
   * Works until `stop()`, or until nothing is due where `exitOnComplete` is set. Resolves when all is handed back.
   * @throws StoreGoneError when the SQLite file was deleted or replaced meanwhile
   * @throws WorkerStuckError when actions that do not end have all the places
   */
  async run(): Promise<void> {
    const { queues, concurrency } = this.#options;
    this.#events.emit("worker.started", { worker: this.id, queues, concurrency });
    const { lifecycle } = this.#performing;
    await lifecycle.run("execute", { worker: this.id }, () => this.#work());
    if (this.#gone) throw this.#gone;
  }

  /** Claims nothing more; running jobs have the grace time to finish, then are aborted and handed back. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#events.emit("worker.stopping", { worker: this.id, running: this.#runner.running });
    this.#runner.stop();
    this.#loop.stop();
    this.#stop.ring();
  }

  /** Every job that is performed now. */
  get runningJobs(): readonly JobRecord[] {
    return this.#runner.runningJobs;
  }

  /** The queues it takes from; none for all. */
  get queues(): readonly string[] {
    return this.#options.queues;
  }

  /** How many jobs it performs at once. */
  get concurrency(): number {
    return this.#options.concurrency;
  }

  /** How many jobs of a queue it holds at once, by the name of the queue. */
  get limits(): Readonly<Record<string, number>> {
    return this.#options.limits;
  }

  /** What runs now, as `Mailer.action`, each once. */
  get performed(): readonly string[] {
    return [...new Set(this.#runner.runningJobs.map(({ handler, action }) => `${handler}.${action}`))];
  }

  /**
   * Hands back what was not begun, and writes what is known, without waiting: for the last moment of a process. A store that is not in
   * this process hears nothing of it.
   */
  leave(): void {
    this.stop();
    this.#runner.writeNow();
  }

  /** Stops, and aborts what runs at once. */
  abort(): void {
    this.stop();
    this.#runner.abort();
  }

  /** Frees the leases of a worker that is known to be gone, so that nobody waits for them to run out. */
  async freeLeasesOf(workerId: string): Promise<void> {
    await this.#reaper.look(workerId);
  }

  /** Performs up to `limit` due jobs and returns: a finite unit of work, for tests, cron and scripts. @default 100 */
  async workOff(limit = 100): Promise<WorkedOff> {
    const { done, failed } = this.#runner;
    for (let left = limit; left > 0; ) {
      const claimed = await this.#loop.claim(Math.min(left, this.#options.concurrency));
      if (claimed === 0) break;
      left -= claimed;
      await this.#loop.performed();
      await this.#runner.drain();
    }
    return { succeeded: this.#runner.done - done, failed: this.#runner.failed - failed };
  }

  /**
   * Performs one stored job now, whether it waits or failed, is due or not: one attempt, as any other. Resolves when its ending is
   * written; what it came to is told by events.
   * @throws JobStateError when it is held by a worker, done, gone, or the limit of its key is used up; DuplicateKeyError when another job
   * has the unique key of a failed one; StoreError
   */
  async perform(id: string): Promise<void> {
    await this.#loop.claimOne(id);
    await this.#loop.performed();
    await this.#runner.drain();
  }

  /** Writes what is known and ends the heartbeats after `workOff`; `run` does it by itself. */
  async close(): Promise<void> {
    this.#gate?.stop();
    await this.#runner.close();
    await this.#chores.end();
  }

  #makeGate(rates: RateStore): LimitGate {
    const { lease: leaseMs, heartbeat: everyMs } = this.#options;
    return new LimitGate({
      store: this.#store,
      rates,
      workerId: this.id,
      leaseMs,
      everyMs,
      onError: (error) => this.#report("keeping limits", error),
    });
  }

  #makeRunner(onBatchJobEnded: WorkerDependencies["onBatchJobEnded"]): JobRunner {
    const { concurrency, lease: leaseMs, heartbeat: heartbeatMs } = this.#options;
    return new JobRunner({
      ...this.#performing,
      store: this.#store,
      concurrency,
      leaseMs,
      heartbeatMs,
      ...(onBatchJobEnded && { onBatchJobEnded }),
      ...(this.#gate && { onReleased: async (job) => this.#gate?.release(job) }),
      onProgress: (job) => this.#loop.onProgress(job),
      onPauseQueue: (queue, ms, reason) => this.#pauseQueue(queue, ms, reason),
      onError: (during, error) => this.#report(during, error),
    });
  }

  async #work(): Promise<void> {
    const stopWatching = this.#store.watch(() => this.#loop.ring());
    this.#chores.start();
    const looping = this.#claimUntilStopped();
    try {
      await Promise.race([looping, this.#stop.sleep(Number.POSITIVE_INFINITY)]);
    } finally {
      const reaped = this.#reaper.stop();
      const tended = this.#chores.stop();
      stopWatching();
      await this.#finish(Promise.allSettled([looping, reaped, tended]));
    }
  }

  async #claimUntilStopped(): Promise<void> {
    const { lifecycle } = this.#performing;
    await this.#reaper.start();
    while (!this.#stopping) await lifecycle.run("loop", { worker: this.id }, () => this.#loop.round());
  }

  #pauseQueue(queue: string, ms: number, reason: string): void {
    if (this.#claimer.pause(queue, ms))
      this.#events.emit("queue.paused", { queue, ms, reason: headline(reason) });
    this.#runner.release(queue);
  }

  #onReaped({ freed, failed }: Reaped): void {
    this.#events.emit("jobs.reaped", { freed, failed: failed.length });
    for (const job of failed) {
      this.#runner.runInBackground(notifyCrash(job, this.#performing));
      this.#runner.noteEnded(job);
    }
    this.#loop.ring();
  }

  /**
   * Waits for what runs, aborts what does not end, and writes what is known. A job that still runs after that keeps its lease until it
   * runs out: handing it back now could run it twice. A store that does not answer is not waited for.
   * @param asked what the store is still being asked
   */
  async #finish(asked: Promise<unknown>): Promise<void> {
    // What does not end was waited for already.
    if (!(this.#gone instanceof WorkerStuckError)) await this.#loop.quiet(this.#options.grace);
    this.#runner.abort();
    await this.#loop.quiet(ABORT_GRACE_MS);
    await atMost(
      SHUTDOWN_FLUSH_MS,
      asked.then(() => this.#runner.drain()).then(() => this.#chores.end()),
    );
    this.#runner.end();
    this.#gate?.stop();
    const { done, failed } = this.#runner;
    this.#events.emit("worker.stopped", { worker: this.id, done, failed });
  }

  #onOvertime({ isAll, ...overtime }: Overtime): void {
    this.#events.emit("worker.overtime", { worker: this.id, ...overtime, isAll });
    if (!isAll) return;
    this.#gone = new WorkerStuckError(overtime.actions);
    this.stop();
  }

  #report(during: string, error: unknown): void {
    this.#events.emit("worker.error", { worker: this.id, during, error });
    if (!(error instanceof StoreGoneError)) return;
    this.#gone = error;
    this.stop();
  }
}

function identity(name: string | undefined): string {
  const place = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  return name === undefined ? place : `${name}:${place}`;
}
