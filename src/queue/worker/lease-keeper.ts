import { uptime } from "node:os";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { JobStore, Lease } from "../../jobs/job-store.ts";
import { AttemptSignal } from "../attempt/attempt-signal.ts";
import { LEASE_LOST } from "../attempt/disposition.ts";

export interface LeaseKeeperOptions {
  readonly store: Pick<JobStore, "extend" | "lost" | "watchTaken">;
  /** How long a claim lasts unless extended, in ms. @default 30_000 */
  readonly leaseMs?: number;
  /** How often leases are extended, all in one write, in ms. @default 10_000 */
  readonly heartbeatMs?: number;
  /** How long before its lease runs out a job is told to stop, in ms. @default 5_000 */
  readonly marginMs?: number;
  readonly onLost: (id: string) => void;
  /** The process did not run for so many ms: it was stopped, or something blocked its event loop. */
  readonly onPause?: (ms: number) => void;
  readonly onError: (error: unknown) => void;
  /** A clock in milliseconds that is never set, and that runs on while the machine sleeps. */
  readonly clock?: () => number;
}

interface Held extends Lease {
  readonly attempt: AttemptSignal;
  /** When the store was last asked and agreed that the lease is ours: the lease is certain from here. */
  since: number;
  /** By the same clock. */
  readonly heldFrom: number;
  /** Nothing is done for the job any more; how it ended is being written. */
  isOver: boolean;
}

const WATCH_MS = 1_000;
/** A watch that comes so much too late is told of, in ms. */
const PAUSE_MS = 1_000;

/** For how long one reading of the boot clock serves, in ms, and by how much the other two clocks may differ meanwhile. */
const FRESH_MS = 1_000;
const AGREEMENT_MS = 20;
let bootTime = { at: Number.NEGATIVE_INFINITY, wallAt: 0, ms: 0 };

/**
 * CLOCK_BOOTTIME on Linux: unlike `performance.now()`, it also counts a suspended machine. Node reads it from a file, which is a tenth
 * of what a quick job costs. So a reading serves as long as wall clock and `performance.now()` have gone on alike since: a suspended
 * machine, or a wall clock that was set, parts them.
 */
export function bootClock(): number {
  const passed = performance.now() - bootTime.at;
  const passedByWall = Date.now() - bootTime.wallAt;
  const isFresh = passed < FRESH_MS && Math.abs(passedByWall - passed) < AGREEMENT_MS;
  if (isFresh) return bootTime.ms + passed;
  bootTime = { at: performance.now(), wallAt: Date.now(), ms: uptime() * 1000 };
  return bootTime.ms;
}

/**
 * Keeps the leases of the jobs a process holds: one heartbeat for all of them. A job whose lease is lost, or cannot be
 * known to be ours any more, is aborted before the lease runs out.
 */
export class LeaseKeeper {
  readonly leaseMs: number;
  readonly #store: LeaseKeeperOptions["store"];
  readonly #marginMs: number;
  readonly #onLost: (id: string) => void;
  readonly #onPause: (ms: number) => void;
  readonly #onError: (error: unknown) => void;
  readonly #clock: () => number;
  readonly #held = new Map<string, Held>();
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #watchMs: number;
  #watchedAt: number;
  #beating: Promise<void> = Promise.resolve();
  readonly #stopListening: () => void;
  #looking = false;

  constructor(options: LeaseKeeperOptions) {
    const {
      store,
      leaseMs = 30_000,
      heartbeatMs = 10_000,
      marginMs = 5_000,
      onLost,
      onPause = () => undefined,
      onError,
      clock = bootClock,
    } = options;
    this.leaseMs = leaseMs;
    this.#store = store;
    this.#marginMs = marginMs;
    this.#onLost = onLost;
    this.#onPause = onPause;
    this.#onError = onError;
    this.#clock = clock;
    this.#watchMs = Math.min(WATCH_MS, marginMs);
    this.#watchedAt = clock();
    this.#stopListening = store.watchTaken(() => void this.look());
    // A process that holds nothing may end, whoever forgot to close this.
    this.#timers = [
      setInterval(() => void this.heartbeat(), heartbeatMs),
      setInterval(() => {
        this.watch();
        void this.look(this.#watchMs);
      }, this.#watchMs),
    ].map((timer) => timer.unref());
  }

  /** The clock to read just before a claim, for `hold`. */
  now(): number {
    return this.#clock();
  }

  /**
   * Starts keeping a claimed job's lease. A claim of it that this process made before, and has not done with, is lost by that.
   * @param since `now()` just before the claim was sent
   */
  hold(job: JobRecord, since: number): AttemptSignal {
    const before = this.#held.get(job.id);
    if (before) this.#lose(before);
    const attempt = new AttemptSignal();
    const held = { id: job.id, token: job.lockToken ?? "", attempt, since, heldFrom: since, isOver: false };
    if (this.#held.size === 0) for (const timer of this.#timers) timer.ref();
    this.#held.set(job.id, held);
    attempt.addCheck(() => this.#check(held));
    return attempt;
  }

  /**
   * The job has ended: its lease is kept until that is written, but whether it was lost in the meantime only the store's answer to
   * that tells. A heartbeat finds no lease where the ending was written just now, too.
   */
  end(lease: Lease): void {
    const held = this.#heldAs(lease);
    if (held) held.isOver = true;
  }

  /** Whether this worker has held the job without a gap, so that no other worker can have had it. */
  isCertain(lease: Lease): boolean {
    const held = this.#heldAs(lease);
    return held !== undefined && held.since + this.leaseMs > this.#clock();
  }

  /** Stops keeping the lease, because the job is settled; it may be held again by then, under another token. */
  release(lease: Lease): void {
    if (this.#heldAs(lease)) this.#forget(lease.id);
  }

  /** Extends all leases in one write. Resolves when a heartbeat that ran already has ended too. */
  heartbeat(): Promise<void> {
    this.#beating = this.#beating.then(() => this.#beat());
    return this.#beating;
  }

  /** Aborts the jobs whose leases can no longer be trusted. */
  watch(): void {
    const now = this.#clock();
    const late = now - this.#watchedAt - this.#watchMs;
    this.#watchedAt = now;
    if (late >= PAUSE_MS) this.#onPause(late);
    for (const held of this.#held.values()) this.#check(held, now);
  }

  /**
   * Aborts the jobs that were taken back. A heartbeat finds them too, and writes; this only reads, so it may be asked more often.
   * @param heldFor only those that were held for so many ms: quick jobs have ended by then, and cost nothing
   */
  async look(heldFor = 0): Promise<void> {
    const latest = this.#clock() - heldFor;
    const leases = [...this.#held.values()].filter(({ heldFrom, isOver }) => heldFrom <= latest && !isOver);
    if (leases.length === 0 || this.#looking) return;
    this.#looking = true;
    try {
      const lost = new Set((await this.#store.lost(leases.map(toLease))).map(keyOf));
      for (const held of leases) if (lost.has(keyOf(held))) this.#lose(held);
    } catch {
      // The next heartbeat meets the same error, and tells of it.
    } finally {
      this.#looking = false;
    }
  }

  async close(): Promise<void> {
    this.#stopListening();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#beating;
  }

  async #beat(): Promise<void> {
    const leases = [...this.#held.values()];
    if (leases.length === 0) return;
    const since = this.#clock();
    try {
      const lost = new Set((await this.#store.extend(leases.map(toLease), this.leaseMs)).map(({ id }) => id));
      for (const held of leases) lost.has(held.id) ? this.#lose(held) : this.#renew(held, since);
    } catch (error) {
      this.#onError(error);
    }
  }

  #check(held: Held, now: number = this.#clock()): void {
    if (held.since < now - (this.leaseMs - this.#marginMs)) this.#lose(held);
  }

  #renew(held: Held, since: number): void {
    held.since = since;
  }

  #forget(id: string): void {
    this.#held.delete(id);
    if (this.#held.size === 0) for (const timer of this.#timers) timer.unref();
  }

  #heldAs({ id, token }: Lease): Held | undefined {
    const held = this.#held.get(id);
    return held?.token === token ? held : undefined;
  }

  /** Jobs that were settled in the meantime have no lease any more, so they do not count as lost. */
  #lose(held: Held): void {
    if (this.#held.get(held.id) !== held || held.isOver) return;
    this.#forget(held.id);
    held.attempt.abort(LEASE_LOST);
    this.#onLost(held.id);
  }
}

function keyOf({ id, token }: Lease): string {
  return `${id}/${token}`;
}

function toLease({ id, token }: Held): Lease {
  return { id, token };
}
