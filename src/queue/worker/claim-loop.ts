import { setImmediate as nextTurn } from "node:timers/promises";
import type { JobRecord } from "../../jobs/job-record.ts";
import { isPoisonous } from "../../jobs/job-store.ts";
import type { Claimer } from "./claimer.ts";
import type { JobRunner } from "./job-runner.ts";
import { Prefetch } from "./prefetch.ts";
import { WakeSignal } from "./timed-waits.ts";
import type { ResolvedWorkerOptions } from "./worker-options.ts";

export interface ClaimLoopOptions {
  readonly claimer: Claimer;
  readonly runner: JobRunner;
  readonly options: ResolvedWorkerOptions;
  /** Jobs were claimed, which took so many ms. */
  readonly onClaimed: (count: number, ms: number) => void;
  readonly onError: (error: unknown) => void;
  /** Nothing is due and nothing runs, where the worker is to leave then. */
  readonly onComplete: () => void;
}

/** Keeps a worker supplied with jobs: how many to claim, and when. */
export class ClaimLoop {
  readonly #claimer: Claimer;
  readonly #runner: JobRunner;
  readonly #options: ClaimLoopOptions;
  readonly #prefetch: Prefetch;
  /** Rung when a job ends, because there may be room for another then. */
  readonly #room = new WakeSignal();
  /** Rung when a job may be due. */
  readonly #due = new WakeSignal();
  #stopped = false;

  constructor(options: ClaimLoopOptions) {
    this.#claimer = options.claimer;
    this.#runner = options.runner;
    this.#options = options;
    this.#prefetch = new Prefetch(options.options.concurrency);
  }

  /** Something may be due. */
  ring(): void {
    this.#due.ring();
  }

  /**
   * To be called when a job has ended. There may be room for another then. Where its queue has a limit, a job of that queue may be claimed
   * again.
   */
  onProgress(job?: JobRecord): void {
    const { limits, exitOnComplete } = this.#options.options;
    if (job !== undefined) this.#prefetch.finish(this.#runner.held);
    this.#room.ring();
    const hadLimit = job !== undefined && (limits[job.queue] !== undefined || isPoisonous(job));
    if (hadLimit || (exitOnComplete && this.#isComplete())) this.ring();
  }

  stop(): void {
    this.#stopped = true;
    this.#room.ring();
    this.#due.ring();
  }

  /** Claims as many jobs as there is room for, then sleeps until there is room again, or until a job may be due. */
  async round(): Promise<void> {
    await this.#letOthersRun();
    if (this.#stopped) return;
    const capacity = this.#capacity();
    if (capacity === 0) return this.#room.sleep(Number.POSITIVE_INFINITY);
    const wasComplete = this.#isComplete();
    const claimed = await this.#tryClaim(capacity);
    if (claimed >= capacity || this.#stopped) return;
    const { exitOnComplete } = this.#options.options;
    if (exitOnComplete && wasComplete && this.#isComplete()) this.#options.onComplete();
    else await this.#due.sleep(await this.#claimer.pauseMs());
  }

  /** Throws what the store throws. @returns how many were claimed and handed to the runner */
  async claim(limit: number): Promise<number> {
    const claimTime = this.#runner.claimTime();
    const startedAt = performance.now();
    const jobs = await this.#claimer.claim(limit);
    if (jobs.length > 0) this.#options.onClaimed(jobs.length, performance.now() - startedAt);
    this.#prefetch.hold(this.#runner.held + jobs.length);
    this.#runner.take(jobs, claimTime);
    return jobs.length;
  }

  /** Has one job performed, whether it waits or failed. Throws what `Claimer.claimOne` throws. */
  async claimOne(id: string): Promise<void> {
    const claimTime = this.#runner.claimTime();
    this.#runner.take([await this.#claimer.claimOne(id)], claimTime);
  }

  /** Resolves when nothing is held any more. */
  async performed(): Promise<void> {
    await this.#letOthersRun();
    while (this.#runner.held > 0) await this.#room.sleep(Number.POSITIVE_INFINITY);
  }

  /** Resolves when nothing runs any more, or after `ms`. */
  async quiet(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (this.#runner.running > 0 && performance.now() < end)
      await this.#room.sleep(end - performance.now());
  }

  /** A store in this process answers at once, and jobs may need no I/O: timers and signals would wait until there are no more jobs. */
  async #letOthersRun(): Promise<void> {
    await nextTurn();
  }

  /** How many jobs to claim now: free slots and some ahead, but not a few at a time while there are enough at hand. */
  #capacity(): number {
    if (this.#runner.full) return 0;
    const ahead = this.#prefetch.size();
    const capacity = this.#options.options.concurrency + ahead - this.#runner.held;
    return capacity > ahead / 2 ? capacity : 0;
  }

  #isComplete(): boolean {
    return this.#runner.held === 0 && this.#runner.unsettled === 0 && !this.#claimer.isFailing;
  }

  async #tryClaim(limit: number): Promise<number> {
    try {
      return await this.claim(limit);
    } catch (error) {
      this.#options.onError(error);
      return 0;
    }
  }
}
