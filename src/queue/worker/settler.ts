import type { Events } from "../../events.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { JobStore, Lease, Settlement } from "../../jobs/job-store.ts";
import { atMost } from "./timed-waits.ts";
import { writeEach } from "./write-each.ts";

export interface SettlerOptions {
  readonly store: Pick<JobStore, "settle">;
  /** Longest time a settlement waits for others, in ms. @default 50 */
  readonly flushMs?: number;
  /** Settlements that are written at once. @default 500 */
  readonly batchSize?: number;
  /** Settlements that may wait before `full` is true: the worker claims nothing more. @default 2_000 */
  readonly capacity?: number;
  /** Called for each settlement that is in the store. */
  readonly onSettled: (settlement: Settlement) => void;
  /**
   * Called for each settlement that found no lease.
   * @param isRepeated it may be that the store took it before, and could not say so
   */
  readonly onLost: (settlement: Settlement, isRepeated: boolean) => void;
  readonly onError: (error: unknown) => void;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Writes how jobs ended, many in one write: at the latest after `flushMs`, at `batchSize`, or when told that nothing else
 * runs. What a store refuses for now is kept and written again, and the second time one by one.
 */
export class Settler {
  readonly #options: Required<SettlerOptions>;
  #waiting: Settlement[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #underWay = 0;
  #failures = 0;
  #closed = false;

  constructor({ flushMs = 50, batchSize = 500, capacity = 2_000, ...options }: SettlerOptions) {
    this.#options = { flushMs, batchSize, capacity, ...options };
  }

  get full(): boolean {
    return this.#waiting.length >= this.#options.capacity;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether the store refused the last write. Endings that are known already then wait for the next write. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  add(settlement: Settlement): void {
    this.#waiting.push(settlement);
    if (this.#waiting.length >= this.#options.batchSize) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), this.#options.flushMs);
  }

  /** Writes what waits now; resolves when it is tried, whether or not the store took it. */
  async flush(): Promise<void> {
    // The write begins at once where it can, because the process may end before a later moment.
    if (this.#writing !== undefined) await this.#writing;
    this.#start();
    await this.#writing;
  }

  /**
   * Writes until everything is in the store or `ms` have passed.
   * @returns how many could not be written
   */
  async drain(ms: number): Promise<number> {
    await atMost(ms, this.#drain(ms));
    return this.#unwritten;
  }

  /** Tries no more: what could not be written is done again when its lease has run out. */
  end(): void {
    this.#closed = true;
    this.#clearTimer();
  }

  get #unwritten(): number {
    return this.#waiting.length + this.#underWay;
  }

  async #drain(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (this.#unwritten > 0 && performance.now() < end) {
      await this.flush();
      if (this.#failures > 0) await new Promise((resolve) => setTimeout(resolve, FIRST_RETRY_MS));
    }
  }

  #start(): void {
    this.#clearTimer();
    if (this.#closed || this.#writing || this.#waiting.length === 0) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
      this.#underWay = 0;
      this.#again();
    });
  }

  /** The next write takes the endings that came in during this one, and those that the store refused. */
  #again(): void {
    if (this.#closed || this.#waiting.length === 0) return;
    const { flushMs, batchSize } = this.#options;
    if (this.#failures === 0 && this.#waiting.length >= batchSize) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), this.#failures === 0 ? flushMs : this.#retryMs());
  }

  async #write(): Promise<void> {
    const batch = this.#waiting;
    const isRepeated = this.#failures > 0;
    this.#waiting = [];
    this.#underWay = batch.length;
    if (isRepeated && this.#failures > 1 && batch.length > 1) return this.#writeEach(batch);
    try {
      const lost = await this.#options.store.settle(batch);
      this.#failures = 0;
      this.#report(batch, lost, isRepeated);
    } catch (error) {
      this.#failures += 1;
      this.#waiting = [...batch, ...this.#waiting];
      this.#options.onError(error);
    }
  }

  /** One ending that the store refuses must not keep it from taking the others. */
  async #writeEach(batch: readonly Settlement[]): Promise<void> {
    const { store } = this.#options;
    const { refused, untried, error } = await writeEach(batch, store, (taken, lost) => {
      this.#underWay -= 1;
      this.#report([taken], lost, true);
    });
    this.#waiting = [...untried, ...refused, ...this.#waiting];
    this.#failures = this.#waiting.length === 0 ? 0 : this.#failures + 1;
    if (refused.length > 0) this.#options.onError(error);
  }

  #report(batch: readonly Settlement[], lost: readonly Lease[], isRepeated: boolean): void {
    const late = new Set(lost.map(({ id, token }) => `${id}/${token}`));
    for (const settlement of batch)
      if (late.has(`${settlement.id}/${settlement.token}`)) this.#options.onLost(settlement, isRepeated);
      else this.#options.onSettled(settlement);
  }

  #retryMs(): number {
    return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

interface Settled {
  readonly job: JobRecord;
  readonly ms: number;
}

/** Tells what became of a job, once the store has it. */
export function reportSettlement(events: Events, { job, ms }: Settled, settlement: Settlement): void {
  if (settlement.kind === "done") events.emit("job.done", { job, ms });
  if (settlement.kind === "release") events.emit("job.released", { job });
  if (settlement.kind === "fail") {
    const { error, reason } = settlement;
    events.emit("job.failed", { job, error, reason });
  }
  if (settlement.kind === "retry") {
    const { error, runAt, counted } = settlement;
    events.emit("job.retried", { job, error, runAt, counted });
  }
}
