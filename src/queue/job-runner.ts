import type { Events } from "../events.ts";
import type { JobRecord } from "../job-record.ts";
import type { Backoff, Registry } from "../performable.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { type Performed, performJob, STOPPING } from "./perform-job.ts";
import { reportSettlement } from "./settlement-events.ts";
import { Settler } from "./settler.ts";
import type { JobStore, Settlement } from "./store.ts";

export interface JobRunnerOptions {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly events: Events;
  readonly backoff: Backoff;
  readonly now: () => number;
  /** Jobs performed at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Something ended: there may be room, or nothing left to do. */
  readonly onProgress: () => void;
  readonly onPauseQueue: (queue: string, ms: number, reason: string) => void;
  readonly onError: (during: string, error: unknown) => void;
}

interface Held {
  readonly job: JobRecord;
  readonly controller: AbortController;
}

const DRAIN_MS = 10_000;

/** Performs claimed jobs, so many at once, keeps their leases, and writes how they ended. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #leases: LeaseKeeper;
  readonly #settler: Settler;
  readonly #running = new Map<string, Held>();
  readonly #settling = new Map<string, { readonly job: JobRecord; readonly ms: number }>();
  #waiting: Held[] = [];
  #done = 0;
  #failed = 0;

  constructor(options: JobRunnerOptions) {
    const { store, events, leaseMs, heartbeatMs, onError } = options;
    this.#options = options;
    this.#leases = new LeaseKeeper({
      store,
      leaseMs,
      heartbeatMs,
      marginMs: leaseMs / 6,
      onLost: (id) => events.emit("job.lost", { id }),
      onError: (error) => onError("extending leases", error),
    });
    this.#settler = new Settler({
      store,
      onSettled: (settlement) => this.#onSettled(settlement),
      onLost: ({ id }) => this.#onLateSettlement(id),
      onError: (error) => onError("settling jobs", error),
    });
  }

  /** Jobs claimed and not yet performed to the end. */
  get held(): number {
    return this.#running.size + this.#waiting.length;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Endings not yet written. */
  get unsettled(): number {
    return this.#settling.size;
  }

  /** Whether so many endings wait for the store that nothing more should be claimed. */
  get full(): boolean {
    return this.#settler.full;
  }

  get done(): number {
    return this.#done;
  }

  /** Attempts that ended in an error. */
  get failed(): number {
    return this.#failed;
  }

  /** The time to read just before a claim, for `take`. */
  claimTime(): number {
    return this.#leases.now();
  }

  /** Performs claimed jobs, the ones beyond the free slots as soon as there are some. */
  take(jobs: readonly JobRecord[], claimTime: number): void {
    for (const job of jobs) this.#waiting.push({ job, controller: this.#leases.hold(job, claimTime) });
    this.#next();
  }

  /** Hands back what waits for a slot, in all queues or in one. */
  release(queue?: string): void {
    const released = this.#waiting.filter(({ job }) => queue === undefined || job.queue === queue);
    this.#waiting = this.#waiting.filter((held) => !released.includes(held));
    for (const { job } of released)
      this.#settle(job, { id: job.id, token: job.lockToken ?? "", kind: "release" }, 0);
  }

  /** Tells what runs to stop now; it is handed back uncounted. */
  abort(): void {
    for (const { controller } of this.#running.values()) controller.abort(STOPPING);
  }

  /** Writes what is known of ended jobs; gives up after a while when the store does not answer. */
  async drain(): Promise<void> {
    await this.#settler.drain(DRAIN_MS);
  }

  async close(): Promise<void> {
    await this.#settler.close(DRAIN_MS);
    await this.#leases.close();
  }

  #next(): void {
    while (this.#running.size < this.#options.concurrency) {
      const held = this.#waiting.shift();
      if (held === undefined) return;
      if (!held.controller.signal.aborted) void this.#perform(held);
    }
  }

  async #perform(held: Held): Promise<void> {
    const { job, controller } = held;
    const { registry, backoff, now, events } = this.#options;
    const startedAt = performance.now();
    this.#running.set(job.id, held);
    events.emit("job.started", { job });
    const performed = await performJob(job, { registry, backoff, now, signal: controller.signal });
    this.#running.delete(job.id);
    this.#end(job, performed, performance.now() - startedAt);
    this.#next();
    if (this.held === 0) void this.#settler.flush();
    this.#options.onProgress();
  }

  #end(job: JobRecord, { settlement, pauseQueueMs }: Performed, ms: number): void {
    if (settlement === undefined) {
      this.#leases.release(job.id);
      return;
    }
    if (settlement.kind === "done") this.#done += 1;
    else if (settlement.kind !== "release") this.#failed += 1;
    this.#settle(job, settlement, ms);
    if (pauseQueueMs !== undefined && settlement.kind === "retry")
      this.#options.onPauseQueue(job.queue, pauseQueueMs, settlement.error);
  }

  #settle(job: JobRecord, settlement: Settlement, ms: number): void {
    this.#settling.set(job.id, { job, ms });
    this.#settler.add(settlement);
  }

  #onSettled(settlement: Settlement): void {
    this.#leases.release(settlement.id);
    const settled = this.#settling.get(settlement.id);
    this.#settling.delete(settlement.id);
    if (settled) reportSettlement(this.#options.events, settled, settlement);
    if (this.#settling.size === 0) this.#options.onProgress();
  }

  #onLateSettlement(id: string): void {
    this.#leases.release(id);
    this.#settling.delete(id);
    this.#options.events.emit("job.lost", { id });
    this.#options.onProgress();
  }
}
