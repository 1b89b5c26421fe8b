import type { DelayOptions } from "../../src/index.ts";
import type { Random } from "../random.ts";
import type { Order } from "./enqueuer.ts";
import { KINDS, type KindName } from "./kinds.ts";

export const QUEUES = ["default", "mail", "reports", "news"] as const;
/** Where the chunks of newsletters wait. */
export const NEWSLETTERS = "newsletters";

const WEIGHTS = Object.fromEntries(
  Object.entries(KINDS).map(([name, { weight }]) => [name, weight]),
) as Record<KindName, number>;

/** How calls of harmless kinds use keys. */
const KEYS = { none: 70, ignore: 12, hold: 5, replace: 13 } as const;
const DAY_MS = 86_400_000;
const TIMES = { now: 85, soon: 14, tomorrow: 1 } as const;

/** The orders that cannot take part in a bulk write, or would be too much of a good thing there. */
const SINGLE: readonly KindName[] = ["deadly", "blocking", "long"];

/**
 * What a producer enqueues next.
 * @param own the part of a key that no other lane of any producer has
 */
export function nextOrder(random: Random, own: string): Order & { readonly count: number } {
  const kind = random.weighted(WEIGHTS);
  const queue = random.pick(QUEUES) ?? "default";
  const delay = delayOf(random);
  const options = { queue, priority: random.integer(-2, 2), ...(delay > 0 && { in: delay }) };
  const size = random.next();
  const isSingle = SINGLE.includes(kind) || random.chance(0.95);
  if (!isSingle) return { kind, size, options, count: random.integer(10, 60) };
  // A key that waits until tomorrow would keep all others out.
  const key = delay < DAY_MS ? keyOf(kind, random, own) : {};
  return { kind, size, options: { ...options, ...key }, count: 1 };
}

/** In ms. */
function delayOf(random: Random): number {
  return { now: 0, soon: random.integer(500, 8_000), tomorrow: DAY_MS }[random.weighted(TIMES)];
}

/** A call that replaces another can be followed only where one lane has the key to itself. */
function keyOf(kind: KindName, random: Random, own: string): DelayOptions {
  if (!KINDS[kind].endsWell) return {};
  const use = random.weighted(KEYS);
  const number = random.integer(1, 8);
  switch (use) {
    case "none":
      return {};
    case "ignore":
      return { uniqueKey: `shared-${number}` };
    case "hold":
      return { uniqueKey: `held-${number}`, uniqueFor: random.integer(200, 2_000) };
    case "replace":
      return { uniqueKey: `${own}-${number % 3}`, onConflict: "replace" };
  }
}
