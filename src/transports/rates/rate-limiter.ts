import { setTimeout } from "node:timers/promises";
import { type Rate, slotsOf } from "../../jobs/rate.ts";
import type { RateStore } from "./rate-store.ts";

export interface RateLimiterOptions {
  readonly ledger: Pick<RateStore, "reserve">;
  /** What is limited, the same in all processes. */
  readonly key: string;
  readonly rate: Rate;
  /** How long a mail waits here for its turn, in ms; one that would have to wait longer is put off. @default 60_000 */
  readonly maxWait?: number;
  /** A clock in ms that never jumps. @default performance.now */
  readonly now?: () => number;
  /** Resolves after so many ms, or when the signal is aborted. Defaults to a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** @default Math.random */
  readonly random?: () => number;
}

/** What became of waiting for a turn. */
export type Turn =
  | { readonly kind: "go" }
  | { readonly kind: "aborted" }
  /** `retryAfter`: when to ask again, in ms; `roomIn`: when there may be a turn for somebody; `error`: of the store, where that is why. */
  | {
      readonly kind: "put-off";
      readonly retryAfter: number;
      readonly roomIn: number;
      readonly error?: unknown;
    };

interface Waiting {
  readonly bulk: boolean;
  readonly until: number;
  readonly end: (turn: Turn) => void;
}

const GO: Turn = { kind: "go" };
/** After the store could not be asked. */
const ERROR_WAIT = 5_000;
const SHORTEST_REST = 1_000;
/** How much of a rate one process may reserve before it is needed. */
const AHEAD = 1 / 20;

/**
 * Lets so many sends through as the rate allows to all processes together. What waits at the same time is reserved in one trip to the
 * store, and where sends follow each other quickly, as many more as were used since the last trip: they are good for the length of a slot.
 */
export class RateLimiter {
  readonly #options: Required<RateLimiterOptions>;
  readonly #waiting: Waiting[] = [];
  /** Reserved ahead. */
  #held = { count: 0, until: 0 };
  #askedAt = Number.NEGATIVE_INFINITY;
  #usedSince = 0;
  /** Nothing is to be had before. */
  #exhaustedUntil = 0;
  #putOffSince = 0;
  #isAsking = false;
  #sleeping = new AbortController();
  #closed = false;

  constructor(options: RateLimiterOptions) {
    const { maxWait = 60_000, now = () => performance.now(), sleep = timer, random = Math.random } = options;
    this.#options = { ...options, maxWait, now, sleep, random };
  }

  /** Waits for a turn; other mail goes before bulk mail. */
  async take({
    bulk = false,
    signal,
  }: {
    bulk?: boolean;
    signal?: AbortSignal | undefined;
  } = {}): Promise<Turn> {
    if (signal?.aborted) return { kind: "aborted" };
    const { now, maxWait } = this.#options;
    if (this.#waiting.length === 0 && this.#useHeld()) return GO;
    if (this.#closed || this.#exhaustedUntil > now() + maxWait) return this.#putOff();
    return this.#wait(bulk, signal);
  }

  /** Sends away all that wait. */
  close(): void {
    this.#closed = true;
    for (const { end } of [...this.#waiting]) end(this.#putOff());
  }

  #useHeld(): boolean {
    if (this.#held.count === 0 || this.#held.until < this.#options.now()) return false;
    this.#held.count -= 1;
    this.#usedSince += 1;
    return true;
  }

  #wait(bulk: boolean, signal: AbortSignal | undefined): Promise<Turn> {
    return new Promise((resolve) => {
      const onAbort = () => waiting.end({ kind: "aborted" });
      const waiting: Waiting = {
        bulk,
        until: this.#options.now() + this.#options.maxWait,
        end: (turn) => {
          signal?.removeEventListener("abort", onAbort);
          const index = this.#waiting.indexOf(waiting);
          if (index >= 0) this.#waiting.splice(index, 1);
          resolve(turn);
          if (this.#waiting.length === 0) this.#sleeping.abort();
        },
      };
      signal?.addEventListener("abort", onAbort);
      this.#waiting.push(waiting);
      if (!this.#isAsking) void this.#ask();
    });
  }

  /** One at a time: asks for all that wait, until nobody does. */
  async #ask(): Promise<void> {
    this.#isAsking = true;
    // Those that come in the same turn of the event loop are asked for together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const wait = await this.#reserve();
      if (this.#waiting.length === 0 || wait === 0) continue;
      this.#sleeping = new AbortController();
      await this.#options.sleep(wait, this.#sleeping.signal);
    }
    this.#isAsking = false;
  }

  /** @returns when to ask again for those that still wait, in ms */
  async #reserve(): Promise<number> {
    const { ledger, key, rate, now } = this.#options;
    const wanted = this.#waiting.length + this.#ahead();
    this.#askedAt = now();
    this.#usedSince = 0;
    try {
      const { granted, retryIn } = await ledger.reserve(key, wanted, rate);
      this.#hand(granted);
      if (retryIn > 0) return this.#exhaust(retryIn);
      this.#putOffSince = 0;
      return 0;
    } catch (error) {
      for (const { end } of [...this.#waiting])
        end({ kind: "put-off", retryAfter: ERROR_WAIT, roomIn: ERROR_WAIT, error });
      return 0;
    }
  }

  /** As many as were used since the last trip, where that was not longer ago than they would be good for. */
  #ahead(): number {
    const { now, rate } = this.#options;
    if (now() - this.#askedAt > slotsOf(rate).length) return 0;
    return Math.min(this.#usedSince, Math.floor(rate.limit * AHEAD));
  }

  #hand(granted: number): void {
    let left = granted;
    for (; left > 0 && this.#waiting.length > 0; left--) {
      this.#usedSince += 1;
      (this.#waiting.find(({ bulk }) => !bulk) ?? this.#waiting[0])?.end(GO);
    }
    this.#held = { count: left, until: this.#askedAt + slotsOf(this.#options.rate).length };
  }

  /** @returns when to ask again: not when all other processes do */
  #exhaust(retryIn: number): number {
    const { now, random, rate } = this.#options;
    this.#exhaustedUntil = now() + retryIn;
    for (const { until, end } of [...this.#waiting]) if (until < this.#exhaustedUntil) end(this.#putOff());
    return retryIn + random() * slotsOf(rate).length;
  }

  /** Each limit of mails a span later than the one before, so that they do not all come back at once to be put off again. */
  #putOff(): Turn {
    const { rate, now } = this.#options;
    const spans = Math.floor(this.#putOffSince / rate.limit);
    this.#putOffSince += 1;
    const roomIn = Math.max(0, this.#exhaustedUntil - now());
    return { kind: "put-off", retryAfter: Math.max(SHORTEST_REST, roomIn) + spans * rate.per, roomIn };
  }
}

async function timer(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
