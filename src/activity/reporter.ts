import { hostname } from "node:os";
import { callName } from "../jobs/handler.ts";
import type { JobRecord } from "../jobs/job-record.ts";
import type { Chore } from "../queue/worker/chores.ts";
import { VERSION } from "../version.ts";
import type { ActivityStore, RunningJob, WorkerReport } from "./activity-store.ts";
import { EventLoopLag } from "./event-loop-lag.ts";
import type { Tally } from "./tally.ts";

/** What a report says of the worker itself. */
export interface ReportedWorker {
  readonly id: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly limits: Readonly<Record<string, number>>;
  readonly runningJobs: readonly JobRecord[];
  readonly status: { readonly done: number; readonly failed: number };
}

export interface ReporterOptions {
  readonly store: ActivityStore;
  readonly tally: Tally;
  /** Asked at each report. */
  readonly worker: () => ReportedWorker;
  /** The store's time, in ms since 1970. */
  readonly now: () => number;
}

/** Two writes of counts and one of the report, three times a minute: nothing of what jobs cost. */
const EVERY_MS = 20_000;
const MOST_SHOWN = 20;

/** Writes down what was done, and how the worker stands, every now and then and at its end. */
export class Reporter implements Chore {
  readonly name = "writing down what was done";
  readonly everyMs = EVERY_MS;
  readonly #options: ReporterOptions;
  readonly #startedAt: Date;
  #lag: EventLoopLag | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#startedAt = new Date(options.now());
  }

  /** @throws StoreError; what was counted is written the next time */
  async run(): Promise<void> {
    this.#lag ??= new EventLoopLag();
    await this.#write();
    await this.#options.store.report(this.#report(this.#lag.take()));
  }

  /** @throws StoreError */
  async end(): Promise<void> {
    this.#lag?.end();
    await this.#write();
    if (this.#lag) await this.#options.store.leave(this.#options.worker().id);
  }

  async #write(): Promise<void> {
    const { store, tally, now } = this.#options;
    const counts = tally.take();
    if (counts.length === 0) return;
    try {
      await store.add(new Date(now()), counts);
    } catch (error) {
      tally.putBack(counts);
      throw error;
    }
  }

  #report(lagMs: number): WorkerReport {
    const { id: worker, queues, concurrency, limits, runningJobs, status } = this.#options.worker();
    const { done, failed } = status;
    return {
      ...{ worker, queues, concurrency, limits, done, failed, lagMs },
      host: hostname(),
      pid: process.pid,
      version: VERSION,
      startedAt: this.#startedAt,
      at: new Date(this.#options.now()),
      running: runningJobs.map(shown).toSorted(longestFirst).slice(0, MOST_SHOWN),
      runningCount: runningJobs.length,
      memory: process.memoryUsage.rss(),
    };
  }
}

function shown({ id, handler, action, queue, lockedAt, runAt }: JobRecord): RunningJob {
  return { id, call: callName(handler, action), queue, since: lockedAt ?? runAt };
}

function longestFirst(a: RunningJob, b: RunningJob): number {
  return a.since.getTime() - b.since.getTime();
}
