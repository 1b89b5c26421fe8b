import type { JobRecord } from "../../jobs/job-record.ts";

/** Actions that do not end, and the places that they keep from other jobs, as an event. */
export interface Overtime {
  /** Which, as `Mailer.action`, each once. */
  readonly actions: readonly string[];
  readonly jobs: number;
  /** Whether they hold all places, so that this process can perform no other job. */
  readonly isAll: boolean;
}

export interface OvertimeCheckOptions {
  readonly concurrency: number;
  /** How long an action may go on after it was told that its time is up, in ms. */
  readonly patienceMs: number;
  /** Called when there are more of them than were told of before. */
  readonly onOvertime: (overtime: Overtime) => void;
  /** A clock in milliseconds that is never set. */
  readonly clock?: () => number;
}

/** Tells of actions that went beyond their time limit and do not react to it: each keeps a place until it ends. */
export class OvertimeCheck {
  readonly #options: Required<OvertimeCheckOptions>;
  readonly #since = new Map<string, number>();
  #told = 0;

  constructor({ clock = () => performance.now(), ...options }: OvertimeCheckOptions) {
    this.#options = { clock, ...options };
  }

  /** @param jobs whose time is up and which go on, at this moment */
  check(jobs: readonly JobRecord[]): void {
    const { clock, patienceMs, concurrency, onOvertime } = this.#options;
    const now = clock();
    for (const id of this.#since.keys()) if (!jobs.some((job) => job.id === id)) this.#since.delete(id);
    for (const { id } of jobs) if (!this.#since.has(id)) this.#since.set(id, now);
    const late = jobs.filter(({ id }) => now - (this.#since.get(id) ?? now) >= patienceMs);
    const isMore = late.length > this.#told;
    this.#told = late.length;
    if (!isMore) return;
    const actions = [...new Set(late.map(({ handler, action }) => `${handler}.${action}`))];
    onOvertime({ actions, jobs: late.length, isAll: late.length >= concurrency });
  }
}

/** More than this is worth a warning, in ms: due times and leases follow the store's clock, log lines this machine's. */
const TOLERANCE_MS = 2_000;

/** Tells once when the store's clock and this machine's part. */
export class ClockCheck {
  readonly #onOff: (offsetMs: number) => void;
  #isOff = false;

  constructor(onOff: (offsetMs: number) => void) {
    this.#onOff = onOff;
  }

  /** @param offset how far the store's clock is ahead, in ms */
  check(offset: number): void {
    const isOff = Math.abs(offset) > TOLERANCE_MS;
    if (isOff && !this.#isOff) this.#onOff(Math.round(offset));
    this.#isOff = isOff;
  }
}
