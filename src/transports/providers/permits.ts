import type { RateStore } from "../rates/rate-store.ts";

export interface PermitsOptions {
  readonly store: Pick<RateStore, "hold">;
  /** What they are for, the same in all processes. */
  readonly key: string;
  /** How many all processes together may use at once. */
  readonly limit: number;
  /** Unique to this process. */
  readonly holder: string;
  /** How long the permits of a process that is not heard of are kept from others, in ms. @default 30_000 */
  readonly leaseMs?: number;
  /** A clock in ms that never jumps. */
  readonly now: () => number;
}

/** How long permits that nobody uses are kept, and how often that is looked after, in ms. */
const KEPT_MS = 500;
/** After the store gave no more, it is not asked again for so long, in ms; and after it did not answer. */
const REFUSED_MS = 250;
const AWAY_MS = 5_000;
/** Permits are asked for again when this part of their lease is over. */
const RENEW_AT = 1 / 3;

/**
 * The part that this process has of a limit of all processes, such as a number of connections. Permits are taken from the store when they are
 * needed, used again and again without asking it, and given back soon after they are no longer needed.
 */
export class Permits {
  readonly #options: Required<PermitsOptions>;
  #held = 0;
  #inUse = 0;
  #bulkInUse = 0;
  /** The most that were in use since the last look. */
  #needed = 0;
  #waiting = 0;
  #askedAt = 0;
  #goodUntil = 0;
  #refusedUntil = 0;
  #asking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PermitsOptions) {
    this.#options = { leaseMs: 30_000, ...options };
  }

  get isIdle(): boolean {
    return this.#inUse === 0 && this.#held === 0 && this.#waiting === 0;
  }

  /** @param bulk leaves one permit to other mail, where there is more than one @returns whether there was one to be had */
  async take(bulk: boolean): Promise<boolean> {
    if (this.#use(bulk)) return true;
    if (bulk && this.#bulkInUse >= this.#most(bulk)) return false;
    if (this.#options.now() < this.#refusedUntil) return false;
    this.#waiting += 1;
    try {
      // One that is being asked for may have been meant for somebody else.
      for (let time = 0; time < 2; time++) {
        this.#asking ??= this.#ask(this.#most(bulk)).finally(() => {
          this.#asking = undefined;
        });
        await this.#asking;
        if (this.#use(bulk)) return true;
        if (this.#options.now() < this.#refusedUntil) return false;
      }
      return false;
    } finally {
      this.#waiting -= 1;
    }
  }

  giveBack(bulk: boolean): void {
    this.#inUse -= 1;
    if (bulk) this.#bulkInUse -= 1;
  }

  /** Gives all of them back. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#asking;
    if (this.#held > 0) await this.#hold(0, 0).catch(() => undefined);
  }

  #most(bulk: boolean): number {
    return bulk ? Math.max(1, this.#options.limit - 1) : this.#options.limit;
  }

  #use(bulk: boolean): boolean {
    if (this.#inUse >= this.#held || this.#options.now() >= this.#goodUntil) return false;
    if (bulk && this.#bulkInUse >= this.#most(bulk)) return false;
    this.#inUse += 1;
    if (bulk) this.#bulkInUse += 1;
    this.#needed = Math.max(this.#needed, this.#inUse);
    return true;
  }

  /** Never rejects: without an answer there are none. */
  async #ask(most: number): Promise<void> {
    const { now } = this.#options;
    // All who ask in the same turn of the event loop are asked for together.
    await Promise.resolve();
    try {
      const wanted = Math.min(this.#options.limit, this.#inUse + this.#waiting);
      const granted = await this.#hold(wanted, most);
      if (granted < wanted) this.#refusedUntil = now() + REFUSED_MS;
    } catch {
      this.#refusedUntil = now() + AWAY_MS;
    }
  }

  async #hold(wanted: number, limit: number): Promise<number> {
    const { store, key, holder: id, leaseMs, now } = this.#options;
    this.#askedAt = now();
    const granted = await store.hold(key, { id, leaseMs }, wanted, limit);
    this.#held = granted;
    this.#goodUntil = this.#askedAt + leaseMs;
    clearInterval(this.#timer);
    if (granted > 0) this.#timer = setInterval(() => this.#look(), KEPT_MS).unref();
    return granted;
  }

  /** Gives back what nobody needed for a while, and keeps the rest. */
  #look(): void {
    const { now, leaseMs, limit } = this.#options;
    const needed = Math.max(this.#needed, this.#inUse);
    this.#needed = this.#inUse;
    const isDue = now() - this.#askedAt >= leaseMs * RENEW_AT;
    if (this.#asking || (needed >= this.#held && !isDue)) return;
    // A mail whose process was stopped for long may still be on its way with a permit that another has by now.
    this.#asking = this.#hold(Math.min(needed, this.#held), limit).then(
      () => undefined,
      () => undefined,
    );
    void this.#asking.then(() => {
      this.#asking = undefined;
    });
  }
}
