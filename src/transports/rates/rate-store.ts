import type { Rate } from "../../jobs/rate.ts";

export interface Reservation {
  /** How many sends may be begun, each within the length of a slot; at most as many as wanted. */
  readonly granted: number;
  /** When there will be more, in ms; 0 where everything was granted. */
  readonly retryIn: number;
}

/** Who holds permits: a process, for as long as it is heard of. */
export interface Holder {
  /** Unique to the process. */
  readonly id: string;
  /** How long permits are good for after they were last asked for, in ms. */
  readonly leaseMs: number;
}

/** What a process draws from what may be used within one period, such as a day. */
export interface Draw {
  /** Sorts as text: "2026-11-30". */
  readonly period: string;
  /** Less than 0 gives back what was drawn and not used. */
  readonly wanted: number;
  readonly limit: number;
}

/**
 * What all processes have used of their common limits. The contract, run by every store from test/contracts/rate-store.ts:
 *
 * - However many ask, and whenever, no more than `limit` are granted in any span of `per` ms.
 * - As long as there are some, at least one is granted; what is wanted beyond them is not owed.
 * - `retryIn` is never so early that asking then is sure to be in vain, and never later than the whole span.
 * - Time is the store's: the server's clock on MongoDB, the machine's on SQLite.
 * - Keys know nothing of each other, and neither do spans of different lengths under one key. The limit may be another one than the last
 *   time: then the new one holds.
 *
 * Permits, for what processes do at once:
 *
 * - `hold` makes the permits of this holder so many as are wanted, where all holders together have no more than `limit` then; else as many
 *   as that leaves. What somebody holds and asks for again he keeps, whatever the limit is by then.
 * - A holder who does not ask again within his lease holds nothing any more. His lease goes by the store's clock.
 *
 * Periods, for what processes do in a day:
 *
 * - However many draw, and whenever, no more than `limit` are granted in one period. What was given back can be drawn again.
 * - The period only goes on: who asks for an earlier one than somebody before draws from the later one.
 */
export interface RateStore {
  /** One trip to the store. @throws StoreError */
  reserve(key: string, wanted: number, rate: Rate): Promise<Reservation>;
  /** @returns how many permits the holder has now @throws StoreError */
  hold(key: string, holder: Holder, wanted: number, limit: number): Promise<number>;
  /** @returns how many may be used; 0 where some are given back @throws StoreError */
  draw(key: string, draw: Draw): Promise<number>;
}

/** What was granted in one slot of time. */
export interface SlotCount {
  readonly slot: number;
  readonly count: number;
}

/** When the oldest of these slots is no longer counted, in ms from `now`. */
export function retryIn(
  counted: readonly SlotCount[],
  { length, count }: { readonly length: number; readonly count: number },
  now: number,
): number {
  const oldest = Math.min(...counted.filter((each) => each.count > 0).map(({ slot }) => slot));
  return Number.isFinite(oldest) ? Math.max(1, (oldest + count) * length - now) : length;
}
