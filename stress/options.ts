import { parseArgs } from "node:util";

export const HELP = `Usage: npm run stress -- [newsletter] [options]

Breaks everything around the queue for some minutes, on each store, and compares what a ledger outside the store says with
what is left in it. Exit code 1 when a promise was broken; the story of each job concerned is printed.

  newsletter         newsletters only; without it they are sent among the other jobs

  --minutes N        how long, on each store; then everything is worked off; default 5
  --kills N          does nothing but kill workers, as fast as others take their places, until N were killed on each store
  --store NAME       sqlite, mongo or both, one after the other; default both
  --seed N           the same faults at the same times; default: a random one, which is printed
  --workers N        worker processes; default 4
  --lease SECONDS    how long a claim lasts; default 3
  --defaults         workers with no flags at all, so with a lease of 30 s: give it more minutes
  --every SECONDS    a fault every so often, on average; default 2
  --rate N           jobs per second, bulk writes and newsletters beside them; default 30
  --retention SECONDS how long done jobs are kept; default 0, which deletes them at once
  --keep             leave the ledger, the logs and the store there; they stay after a broken promise in any case
  --help`;

export interface Options {
  readonly help: boolean;
  /** Newsletters only. */
  readonly newsletter: boolean;
  readonly keep: boolean;
  readonly stores: readonly ("sqlite" | "mongo")[];
  readonly minutes: number;
  /** So many workers are killed, and nothing else is done; undefined for everything. */
  readonly kills: number | undefined;
  readonly seed: number;
  readonly workers: number;
  /** Whether workers get no flags. */
  readonly defaults: boolean;
  /** In s. */
  readonly lease: number;
  /** In s. */
  readonly every: number;
  readonly rate: number;
  /** In s. */
  readonly retention: number;
}

const STORES = { sqlite: ["sqlite"], mongo: ["mongo"], both: ["sqlite", "mongo"] } as const;

/** @throws Error in words for whoever typed it */
export function readOptions(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const bool = { type: "boolean" } as const;
  const flags = {
    minutes: text,
    kills: text,
    store: text,
    seed: text,
    workers: text,
    lease: text,
    every: text,
    rate: text,
  };
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...flags, retention: text, defaults: bool, keep: bool, help: { ...bool, short: "h" } },
  });
  const { store = "both", help = false, keep = false, defaults = false } = values;
  if (store !== "sqlite" && store !== "mongo" && store !== "both")
    throw new Error(`--store is sqlite, mongo or both, not "${store}".`);
  const [mode, ...others] = positionals;
  if ((mode !== undefined && mode !== "newsletter") || others.length > 0)
    throw new Error(`There is one mode to name, newsletter, and not "${positionals.join(" ")}".`);
  return {
    help,
    newsletter: mode === "newsletter",
    keep,
    stores: STORES[store],
    minutes: number("minutes", values.minutes, values.kills === undefined ? 5 : 60),
    kills: values.kills === undefined ? undefined : number("kills", values.kills, 0),
    seed: number("seed", values.seed, Math.floor(Math.random() * 1e9)),
    workers: number("workers", values.workers, 4),
    defaults,
    lease: number("lease", values.lease, defaults ? 30 : 3),
    every: number("every", values.every, 2),
    rate: number("rate", values.rate, 30),
    retention: number("retention", values.retention, 0),
  };
}

function number(flag: string, value: string | undefined, byDefault: number): number {
  const parsed = value === undefined ? byDefault : Number(value);
  if (Number.isFinite(parsed) && parsed >= 0) return parsed;
  throw new Error(`--${flag} is a number, 0 or more, not "${value}".`);
}
