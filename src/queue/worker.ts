import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Events } from "../events.ts";
import type { JobRecord } from "../job-record.ts";
import { Lifecycle } from "../lifecycle.ts";
import type { Backoff, Registry } from "../performable.ts";
import { Alarm } from "./alarm.ts";
import { quarticBackoff } from "./backoff.ts";
import { Claimer } from "./claimer.ts";
import { ClockCheck } from "./clock-check.ts";
import { headline } from "./describe-error.ts";
import { JobRunner } from "./job-runner.ts";
import type { PerformOptions } from "./perform-job.ts";
import { ReadAhead } from "./read-ahead.ts";
import { Reaper } from "./reaper.ts";
import type { JobStore, Reaped } from "./store.ts";
import { StoreDesk } from "./store-desk.ts";
import { tellCrash } from "./tell-failure.ts";
import { type ResolvedWorkerOptions, resolveWorkerOptions, type WorkerOptions } from "./worker-options.ts";

export interface WorkerDependencies {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly events: Events;
  /** For jobs whose performable sets none. Defaults to `attempts^4 + 5` s with jitter. */
  readonly backoff?: Backoff;
  /** What plugins stand around. Defaults to nothing. */
  readonly lifecycle?: Lifecycle;
  /** Whether given-up jobs are kept where their performable does not say. @default true */
  readonly keepFailed?: boolean;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** What a finite piece of work came to. */
export interface WorkedOff {
  readonly succeeded: number;
  /** Attempts that ended in an error, whether the job is tried again or kept as failed. */
  readonly failed: number;
}

const ABORT_GRACE_MS = 2_000;

/** Claims due jobs in batches and has them performed, until it is told to stop. */
export class Worker {
  /** Random at every start, so that no two workers are ever taken for one. */
  readonly id: string = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  readonly #options: ResolvedWorkerOptions;
  readonly #store: JobStore;
  readonly #events: Events;
  readonly #performing: PerformOptions;
  readonly #runner: JobRunner;
  readonly #reaper: Reaper;
  readonly #claimer: Claimer;
  readonly #readAhead = new ReadAhead();
  /** Rung when something ends, so that there may be room. */
  readonly #room = new Alarm();
  /** Rung when something may be due. */
  readonly #due = new Alarm();
  #stopping = false;

  /** @throws InvalidOptionsError */
  constructor(dependencies: WorkerDependencies, options: WorkerOptions = {}) {
    const {
      store,
      registry,
      events,
      backoff = quarticBackoff(),
      lifecycle = new Lifecycle(events),
      keepFailed = true,
      now = Date.now,
      random = Math.random,
    } = dependencies;
    this.#options = resolveWorkerOptions(options);
    this.#store = store;
    this.#events = events;
    const worker = this.id;
    const clock = new ClockCheck((offsetMs) => events.emit("worker.clock-off", { worker, offsetMs }));
    this.#reaper = new Reaper({
      store,
      everyMs: this.#options.reapEvery,
      random,
      onReaped: (reaped) => this.#onReaped(reaped),
      onLooked: () => clock.check(store.clockOffset),
      onError: (error) => this.#report("freeing leases", error),
    });
    const { maxRunTime } = this.#options;
    const desk = new StoreDesk(store);
    this.#claimer = new Claimer({
      store,
      workerId: worker,
      options: this.#options,
      heldIn: (queue) => this.#runner.heldIn(queue),
      now,
      random,
    });
    this.#performing = { registry, backoff, lifecycle, events, desk, worker, maxRunTime, keepFailed, now };
    this.#runner = new JobRunner({
      ...this.#performing,
      store,
      concurrency: this.#options.concurrency,
      leaseMs: this.#options.lease,
      heartbeatMs: this.#options.heartbeat,
      onProgress: (job) => this.#onProgress(job),
      onPauseQueue: (queue, ms, reason) => this.#pauseQueue(queue, ms, reason),
      onError: (during, error) => this.#report(during, error),
    });
  }

  /** Jobs running now. */
  get running(): number {
    return this.#runner.running;
  }

  /** Works until `stop()`, or until nothing is due where `exitOnComplete` is set. Resolves when all is handed back. */
  async run(): Promise<void> {
    const { queues, concurrency } = this.#options;
    this.#events.emit("worker.started", { worker: this.id, queues, concurrency });
    const { lifecycle } = this.#performing;
    await lifecycle.run("execute", { worker: this.id }, () => this.#work());
  }

  /** Claims nothing more; running jobs have the grace time to finish, then are aborted and handed back. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#events.emit("worker.stopping", { worker: this.id, running: this.#runner.running });
    this.#runner.stop();
    this.#room.ring();
    this.#due.ring();
  }

  /** Stops, and aborts what runs at once. */
  abort(): void {
    this.stop();
    this.#runner.abort();
  }

  /** Performs up to `limit` due jobs and returns: a finite unit of work, for tests, cron and scripts. @default 100 */
  async workOff(limit = 100): Promise<WorkedOff> {
    const { done, failed } = this.#runner;
    for (let left = limit; left > 0; ) {
      const claimed = await this.#claim(Math.min(left, this.#options.concurrency));
      if (claimed === 0) break;
      left -= claimed;
      while (this.#runner.held > 0) await this.#room.sleep(Number.POSITIVE_INFINITY);
      await this.#runner.drain();
    }
    return { succeeded: this.#runner.done - done, failed: this.#runner.failed - failed };
  }

  /** Writes what is known and ends the heartbeats after `workOff`; `run` does it by itself. */
  async close(): Promise<void> {
    await this.#runner.close();
  }

  async #work(): Promise<void> {
    const { lifecycle } = this.#performing;
    const stopWatching = this.#store.watch(() => this.#due.ring());
    try {
      await this.#reaper.start();
      while (!this.#stopping) await lifecycle.run("loop", { worker: this.id }, () => this.#round());
    } finally {
      await this.#reaper.stop();
      stopWatching();
      await this.#finish();
    }
  }

  /** Claims what there is room for, then sleeps until there is room, or there may be something due. */
  async #round(): Promise<void> {
    if (this.#stopping) return;
    const capacity = this.#capacity();
    if (capacity === 0) return this.#room.sleep(Number.POSITIVE_INFINITY);
    const wasComplete = this.#isComplete();
    const claimed = await this.#tryClaim(capacity);
    if (claimed >= capacity || this.#stopping) return;
    if (this.#options.exitOnComplete && wasComplete && this.#isComplete()) this.stop();
    else await this.#due.sleep(await this.#claimer.pauseMs());
  }

  /** How many jobs to claim now: free slots and some ahead, but not a few at a time while there are enough at hand. */
  #capacity(): number {
    if (this.#runner.full) return 0;
    const ahead = this.#readAhead.size();
    const capacity = this.#options.concurrency + ahead - this.#runner.held;
    return capacity > ahead / 2 ? capacity : 0;
  }

  #isComplete(): boolean {
    return this.#runner.held === 0 && this.#runner.unsettled === 0 && !this.#claimer.isFailing;
  }

  async #tryClaim(limit: number): Promise<number> {
    try {
      return await this.#claim(limit);
    } catch (error) {
      this.#report("claiming jobs", error);
      return 0;
    }
  }

  async #claim(limit: number): Promise<number> {
    const claimTime = this.#runner.claimTime();
    const jobs = await this.#claimer.claim(limit);
    this.#runner.take(jobs, claimTime);
    return jobs.length;
  }

  #onProgress(job?: JobRecord): void {
    this.#readAhead.finished();
    this.#room.ring();
    // A queue that was at its limit may have more.
    const hadLimit = job !== undefined && this.#options.limits[job.queue] !== undefined;
    if (hadLimit || (this.#options.exitOnComplete && this.#isComplete())) this.#due.ring();
  }

  #pauseQueue(queue: string, ms: number, reason: string): void {
    if (this.#claimer.pause(queue, ms))
      this.#events.emit("queue.paused", { queue, ms, reason: headline(reason) });
    this.#runner.release(queue);
  }

  #onReaped({ freed, failed }: Reaped): void {
    this.#events.emit("jobs.reaped", { freed, failed: failed.length });
    for (const job of failed) this.#runner.addAfterwards(tellCrash(job, this.#performing));
    this.#due.ring();
  }

  /** Waits for what runs, aborts what does not end, and writes what is known. */
  async #finish(): Promise<void> {
    await this.#waitForRunning(this.#options.grace);
    this.#runner.abort();
    await this.#waitForRunning(ABORT_GRACE_MS);
    await this.#runner.close();
    const { done, failed } = this.#runner;
    this.#events.emit("worker.stopped", { worker: this.id, done, failed });
  }

  /** A job that still runs after that keeps its lease until it runs out: handing it back now could run it twice. */
  async #waitForRunning(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (this.#runner.running > 0 && performance.now() < end)
      await this.#room.sleep(end - performance.now());
  }

  #report(during: string, error: unknown): void {
    this.#events.emit("worker.error", { worker: this.id, during, error });
  }
}
