import { InvalidOptionsError } from "../errors/errors.ts";
import { parseDuration } from "./delay-options.ts";

/** At most `limit` sends in any span of `per` ms. */
export interface Rate {
  readonly limit: number;
  /** In ms. */
  readonly per: number;
}

const SHORTEST = 1_000;
const LONGEST = 31 * 24 * 3_600_000;

/** @throws InvalidOptionsError */
export function parseRate(text: string): Rate {
  const [, count = "", number = "", unit = ""] =
    /^\s*(\d+)\s*\/\s*(\d+(?:\.\d+)?)?\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const limit = Number(count);
  const per = unit === "" ? undefined : parseDuration(`${number || "1"}${unit}`);
  if (limit >= 1 && limit <= 1_000_000_000 && per !== undefined && per >= SHORTEST && per <= LONGEST)
    return { limit, per };
  throw new InvalidOptionsError("the rate", [
    'must look like "100/1m", over a second at least and 31 days at most',
  ]);
}

const SLOTS = 50;
const SHORTEST_SLOT = 50;

/** How time is divided to count what was reserved: a reservation is remembered by its slot. */
export interface Slots {
  /** In ms. A reservation must be used within the length of one slot. */
  readonly length: number;
  /** How many slots, the current one among them, may hold no more than the limit together. */
  readonly count: number;
}

/**
 * What is reserved at the end of a slot may be used up to a slot's length later, and a span may begin within a slot: so two slots more are
 * counted than a span has. That costs 4 % of a rate that is used to the full.
 */
export function slotsOf({ per }: Rate): Slots {
  const length = Math.max(SHORTEST_SLOT, Math.ceil(per / SLOTS));
  return { length, count: Math.ceil(per / length) + 2 };
}
