import type { Rate } from "./rate.ts";

export interface Reservation {
  /** How many sends may be begun, each within the length of a slot; at most as many as wanted. */
  readonly granted: number;
  /** When there will be more, in ms; 0 where everything was granted. */
  readonly retryIn: number;
}

/**
 * What all processes have used of their common rates. The contract, run by every store from test/contracts/rate-store.ts:
 *
 * - However many ask, and whenever, no more than `limit` are granted in any span of `per` ms.
 * - As long as there are some, at least one is granted; what is wanted beyond them is not owed.
 * - `retryIn` is never so early that asking then is sure to be in vain, and never later than the whole span.
 * - Time is the store's: the server's clock on MongoDB, the machine's on SQLite.
 * - Keys know nothing of each other, and neither do spans of different lengths under one key. The limit may be another one than the last
 *   time: then the new one holds.
 */
export interface RateStore {
  /** One trip to the store. @throws StoreError */
  reserve(key: string, wanted: number, rate: Rate): Promise<Reservation>;
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
