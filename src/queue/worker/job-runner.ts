import { BackgroundTasks } from "../../background-tasks.ts";
import { batchIdOf, isOfBatch } from "../../jobs/batch.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import { isPoisonous, type Lease, type Settlement } from "../../jobs/job-store.ts";
import type { AttemptOptions, AttemptResult } from "../attempt/attempt-result.ts";
import type { AttemptSignal } from "../attempt/attempt-signal.ts";
import { LEASE_LOST, STOPPING } from "../attempt/disposition.ts";
import { performJob } from "../attempt/job-attempt.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { reportSettlement, Settler } from "./settler.ts";
import { atMost } from "./timed-waits.ts";

export interface JobRunnerOptions extends AttemptOptions {
  /** Jobs performed at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Called when something ended: a job, if one is given. There may be room for more jobs then, or nothing left to do. */
  readonly onProgress: (job?: JobRecord) => void;
  /** A job of this batch has ended, as the store has it. */
  readonly onBatchJobEnded?: (id: string) => Promise<void>;
  /** A job is over here, and the store knows. */
  readonly onReleased?: (job: JobRecord) => Promise<void>;
  readonly onPauseQueue: (queue: string, ms: number, reason: string) => void;
  readonly onError: (during: string, error: unknown) => void;
}

interface Held {
  readonly job: JobRecord;
  readonly attempt: AttemptSignal;
}

interface Settling extends Pick<AttemptResult, "afterwards"> {
  readonly job: JobRecord;
  readonly ms: number;
  /** Its lease was lost while it ran, which was told then. */
  readonly isToldLost?: boolean;
}

const DRAIN_MS = 10_000;

/** Performs claimed jobs, so many at once, keeps their leases, and writes how they ended. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #leases: LeaseKeeper;
  readonly #settler: Settler;
  readonly #running = new Set<Held>();
  /** Those of them whose attempt is over, because it took too long, and whose work goes on all the same. */
  readonly #overtime = new Set<Held>();
  readonly #settling = new Map<string, Settling>();
  readonly #hooks: BackgroundTasks;
  #waiting: Held[] = [];
  #stopped = false;
  #done = 0;
  #failed = 0;

  constructor(options: JobRunnerOptions) {
    const { store, events, worker, leaseMs, heartbeatMs, onError } = options;
    this.#options = options;
    this.#leases = new LeaseKeeper({
      store,
      leaseMs,
      heartbeatMs,
      marginMs: leaseMs / 6,
      onLost: (id) => this.#onLost(id),
      onPause: (ms) => events.emit("worker.paused", { worker, ms }),
      onError: (error) => onError("extending leases", error),
    });
    this.#settler = new Settler({
      store,
      onSettled: (settlement) => this.#onSettled(settlement),
      onLost: (settlement, isRepeated) => this.#onUnsettled(settlement, isRepeated),
      onError: (error) => onError("settling jobs", error),
    });
    this.#hooks = new BackgroundTasks({ onIdle: () => options.onProgress() });
  }

  /** Jobs claimed and not yet performed to the end. */
  get held(): number {
    return this.#running.size + this.#waiting.length;
  }

  heldIn(queue: string): number {
    const all = [...this.#running, ...this.#waiting];
    return all.filter(({ job }) => job.queue === queue).length;
  }

  /** Also while its ending is not written. */
  get holdsPoisonous(): boolean {
    return [...this.#running, ...this.#waiting, ...this.#settling.values()].some(({ job }) =>
      isPoisonous(job),
    );
  }

  get running(): number {
    return this.#running.size;
  }

  /** Jobs whose time was up and whose actions go on, so that nothing else can have their slots. */
  get overtime(): readonly JobRecord[] {
    return Array.from(this.#overtime, ({ job }) => job);
  }

  /** Every job that is performed now. */
  get runningJobs(): readonly JobRecord[] {
    return Array.from(this.#running, ({ job }) => job);
  }

  /** Endings not yet written, and hooks that run after one. */
  get unsettled(): number {
    return this.#settling.size + this.#hooks.size;
  }

  /** Whether so many endings wait for the store that no more jobs should be claimed. */
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

  /** Performs claimed jobs, the ones beyond the free slots as soon as there are some; hands them back after `stop`. */
  take(jobs: readonly JobRecord[], claimTime: number): void {
    for (const job of jobs) this.#waiting.push({ job, attempt: this.#leases.hold(job, claimTime) });
    if (this.#stopped) this.release();
    else this.#next();
  }

  /** Begins no further job. */
  stop(): void {
    this.#stopped = true;
    this.release();
  }

  /** Hands back what waits for a slot, in all queues or in one. */
  release(queue?: string): void {
    const released = this.#waiting.filter(({ job }) => queue === undefined || job.queue === queue);
    this.#waiting = this.#waiting.filter((held) => !released.includes(held));
    for (const { job } of released) this.#handBack(job);
  }

  /** Tells what runs to stop now; it is handed back uncounted. */
  abort(): void {
    for (const { attempt } of this.#running) attempt.abort(STOPPING);
  }

  /** Something that has to end before the worker does. @param running must not reject */
  runInBackground(running: Promise<void>): void {
    void this.#hooks.add(running);
  }

  /** A job has ended: where it was the last of a batch, that ends too, before this worker does. */
  noteEnded(job: JobRecord): void {
    const { onBatchJobEnded, onError } = this.#options;
    if (!onBatchJobEnded || !isOfBatch(job)) return;
    const noted = onBatchJobEnded(batchIdOf(job) ?? "");
    this.runInBackground(noted.catch((error: unknown) => onError("ending a batch", error)));
  }

  /**
   * Writes first the endings that the store refused before: how a job ended must not be lost because its lease ran out meanwhile.
   * @returns whether none is left of them
   */
  async writeRefused(): Promise<boolean> {
    if (this.#settler.isFailing) await this.#settler.flush();
    return !this.#settler.isFailing;
  }

  /** Begins to write what is known of ended jobs. */
  writeNow(): void {
    void this.#settler.flush();
  }

  /** Writes what is known of ended jobs; gives up after a while when the store does not answer. */
  async drain(): Promise<void> {
    await this.#settler.drain(DRAIN_MS);
    await atMost(DRAIN_MS, this.#hooks.ended());
  }

  async close(): Promise<void> {
    await this.drain();
    this.end();
  }

  /** Writes nothing more, and keeps no lease. */
  end(): void {
    this.#settler.end();
    // A heartbeat that is under way may take as long as it likes.
    void this.#leases.close();
  }

  #next(): void {
    while (this.#running.size < this.#options.concurrency) {
      const [held] = this.#waiting;
      if (held === undefined) return;
      // Asking may find its lease lost, and hand it back.
      const isLive = held.attempt.isLive();
      if (this.#waiting[0] === held) this.#waiting.shift();
      if (isLive) void this.#perform(held);
    }
  }

  /**
   * Hands jobs back that were not begun, unless another worker has them by now. It counts as no attempt and no crash, because only the
   * worker stood still.
   */
  #onLost(id: string): void {
    const waiting = this.#waiting.find(({ job }) => job.id === id);
    if (waiting === undefined) {
      this.#options.events.emit("job.lost", { id });
      return;
    }
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    this.#handBack(waiting.job);
  }

  #handBack(job: JobRecord): void {
    this.#settle({ id: job.id, token: job.lockToken ?? "", kind: "release" }, { job, ms: 0 });
  }

  async #perform(held: Held): Promise<void> {
    const { job, attempt } = held;
    const startedAt = performance.now();
    this.#running.add(held);
    this.#options.events.emit("job.started", { job });
    const performed = await performJob(job, attempt, this.#options);
    this.#end(held, performed, performance.now() - startedAt);
    // Work that went beyond its time limit keeps its slot until it is really over.
    this.#overtime.add(held);
    await performed.ended;
    this.#overtime.delete(held);
    this.#running.delete(held);
    this.#next();
    if (this.held === 0) this.writeNow();
    this.#options.onProgress(job);
  }

  #end({ job, attempt }: Held, { settlement, pauseQueueMs, afterwards }: AttemptResult, ms: number): void {
    if (settlement === undefined) {
      this.#release(job);
      this.#leases.release({ id: job.id, token: job.lockToken ?? "" });
      return;
    }
    if (settlement.kind === "done") this.#done += 1;
    else if (settlement.kind !== "release") this.#failed += 1;
    const isToldLost = attempt.reason === LEASE_LOST;
    this.#settle(settlement, { job, ms, isToldLost, ...(afterwards && { afterwards }) });
    if (pauseQueueMs !== undefined && settlement.kind === "retry")
      this.#options.onPauseQueue(job.queue, pauseQueueMs, settlement.error);
  }

  #release(job: JobRecord): void {
    const { onReleased, onError } = this.#options;
    if (!onReleased || job.limit === undefined) return;
    this.runInBackground(onReleased(job).catch((error: unknown) => onError("keeping limits", error)));
  }

  #settle(settlement: Settlement, settling: Settling): void {
    this.#leases.end(settlement);
    this.#settling.set(keyOf(settlement), settling);
    this.#settler.add(settlement);
  }

  #onSettled(settlement: Settlement): void {
    this.#leases.release(settlement);
    const settling = this.#settling.get(keyOf(settlement));
    this.#settling.delete(keyOf(settlement));
    if (settling) this.#release(settling.job);
    if (settling) reportSettlement(this.#options.events, settling, settlement);
    if (settling?.afterwards) this.runInBackground(settling.afterwards());
    if (settling && (settlement.kind === "done" || settlement.kind === "fail")) this.noteEnded(settling.job);
    if (this.unsettled === 0 || (settling && isPoisonous(settling.job)))
      this.#options.onProgress(settling?.job);
  }

  /**
   * A store that deletes jobs which are done cannot say which worker finished one. It was this worker where no other can have had the job.
   */
  #onUnsettled(settlement: Settlement, isRepeated: boolean): void {
    if (isRepeated && isDeletion(settlement) && this.#leases.isCertain(settlement)) {
      this.#onSettled(settlement);
      return;
    }
    this.#leases.release(settlement);
    const settling = this.#settling.get(keyOf(settlement));
    this.#settling.delete(keyOf(settlement));
    if (settling) this.#release(settling.job);
    if (!settling?.isToldLost) this.#options.events.emit("job.lost", { id: settlement.id });
    this.#options.onProgress(settling?.job);
  }
}

function isDeletion(settlement: Settlement): boolean {
  return settlement.kind === "done" || (settlement.kind === "fail" && settlement.keep === false);
}

/** One claim of one job: the same job may be claimed again before this process knows how the claim before ended. */
function keyOf({ id, token }: Lease): string {
  return `${id}/${token}`;
}
