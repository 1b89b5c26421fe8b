/** How a job of a kind may end beside being done, by the reason it is failed with. Every kind may end as `crashed`. */
export interface Kind {
  /** How often it is enqueued, compared with the others. */
  readonly weight: number;
  /** Whether it can be done at all. */
  readonly endsWell: boolean;
  /** Reasons it may be given up for. */
  readonly reasons: readonly string[];
  readonly maxAttempts: number;
}

const good = { endsWell: true, reasons: [], maxAttempts: 25 } as const;
const bad = { endsWell: false, maxAttempts: 25 } as const;

/** Everything that is enqueued: see `jobs.ts` for what each does. */
export const KINDS = {
  /** Over in no time. */
  quick: { ...good, weight: 300 },
  /** A real mail over SMTP. */
  mail: { ...good, weight: 300 },
  /** Takes up to 1.5 s, in steps, and stops when it is told to. */
  slow: { ...good, weight: 120 },
  /** Takes longer than a lease. */
  long: { ...good, weight: 8 },
  /** May be tried once only. */
  once: { ...good, weight: 30, maxAttempts: 1 },
  /** Throws once or twice before it ends well. */
  flaky: { ...good, weight: 80 },
  /** Enqueues another job. */
  chain: { ...good, weight: 50 },
  /** Goes on whatever it is told. */
  stubborn: { ...good, weight: 25 },
  /** Keeps the process from doing anything else for longer than a lease. */
  blocking: { ...good, weight: 1 },
  /** Throws whenever it is tried. */
  hopeless: { ...bad, weight: 12, maxAttempts: 2, reasons: ["exhausted"] },
  /** Says that there is no point in trying again. */
  refusing: { ...bad, weight: 12, reasons: ["refused"] },
  /** Kills its process in the middle. */
  deadly: { ...bad, weight: 0.5, reasons: [] },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

/** By what an entry of the ledger says. */
export function kindOf(name: string): Kind {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name as KindName] : undefined;
  if (kind === undefined) throw new Error(`The ledger names a kind of job that there is not: ${name}.`);
  return kind;
}
