import type { JobDesk } from "../job-desk.ts";
import type { JobFilter, JobFind, JobRecord, OverdueJobs, QueueStatus } from "../job-record.ts";
import type { JobStore, RemoveOptions } from "./store.ts";
import { decode } from "./stored-value.ts";

const NO_JOBS = { ready: 0, leased: 0, failed: 0, done: 0 };

/** Serves `Job` and `Queue` from a store. */
export class StoreDesk implements JobDesk {
  readonly #store: JobStore;

  constructor(store: JobStore) {
    this.#store = store;
  }

  get(id: string): Promise<JobRecord | undefined> {
    return this.#store.get(id);
  }

  find(find: JobFind): Promise<readonly JobRecord[]> {
    return this.#store.find(find);
  }

  count(filter: JobFilter): Promise<number> {
    return this.#store.count(filter);
  }

  retry(id: string): Promise<boolean> {
    return this.#store.retry(id);
  }

  remove(id: string): Promise<boolean> {
    return this.#store.remove(id);
  }

  cancel(id: string): Promise<boolean> {
    return this.#store.cancel(id);
  }

  reschedule(id: string, runAt: Date): Promise<boolean> {
    return this.#store.reschedule(id, runAt);
  }

  retryAll(filter: JobFilter): Promise<number> {
    return this.#store.retryAll(filter);
  }

  removeAll(filter: JobFilter, options: RemoveOptions): Promise<number> {
    return this.#store.removeAll(filter, options);
  }

  async overdue(ms: number): Promise<readonly OverdueJobs[]> {
    const before = new Date(Date.now() + this.#store.clockOffset - ms);
    const [overdue, paused] = await Promise.all([this.#store.overdue(before), this.#store.pausedQueues()]);
    return overdue.filter(({ queue }) => !paused.includes(queue));
  }

  async queues(): Promise<readonly QueueStatus[]> {
    const [counts, paused] = await Promise.all([this.#store.counts(), this.#store.pausedQueues()]);
    const names = [...new Set([...counts.map(({ queue }) => queue), ...paused])].sort();
    return names.map((name) => {
      const own = counts.filter(({ queue }) => queue === name).map(({ state, count }) => [state, count]);
      return { ...NO_JOBS, ...Object.fromEntries(own), name, paused: paused.includes(name) };
    });
  }

  pauseQueue(queue: string): Promise<void> {
    return this.#store.pauseQueue(queue);
  }

  resumeQueue(queue: string): Promise<void> {
    return this.#store.resumeQueue(queue);
  }

  argsOf({ args }: JobRecord): readonly unknown[] {
    return args.map(decode);
  }

  paramsOf({ params }: JobRecord): Readonly<Record<string, unknown>> {
    // `encode` wrote params from an object.
    return decode(params) as Readonly<Record<string, unknown>>;
  }
}
