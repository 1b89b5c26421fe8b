import type { JobRecord } from "../../src/index.ts";
import type { Entry, EntryOf } from "../ledger.ts";

/** One claim of a job that was begun. */
export interface Run {
  readonly id: string;
  readonly token: string;
  readonly pid: number;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly startedAt: number;
  readonly effects: readonly EntryOf<"effect">[];
  readonly ended: EntryOf<"ended"> | undefined;
  /** What the store took, as the worker was told. */
  readonly settled: readonly Settled[];
  /** When the worker was told that the job is not its own any more. */
  readonly lostAt: number | undefined;
}

export type Settled = EntryOf<"done" | "failed" | "retried" | "released">;

/** Everything that is known of one call that was to be enqueued. */
export interface CallHistory {
  readonly call: string;
  readonly asked: EntryOf<"asked">;
  /** Neither of the two when the process was killed before it had an answer. */
  readonly stored: EntryOf<"stored"> | undefined;
  readonly refused: EntryOf<"refused"> | undefined;
  /** In the order they began. */
  readonly runs: readonly Run[];
  readonly settled: readonly Settled[];
  readonly mails: readonly EntryOf<"mail">[];
  /** The job as it is in the store at the end. */
  readonly left: JobRecord | undefined;
}

/** The entries of some sorts. */
export function of<W extends Entry["what"]>(
  entries: readonly Entry[],
  ...what: readonly W[]
): readonly EntryOf<W>[] {
  return entries.filter((entry): entry is EntryOf<W> => (what as readonly string[]).includes(entry.what));
}

/** What all processes wrote, and what is left in the store, put in order. */
export class History {
  readonly entries: readonly Entry[];
  readonly left: readonly JobRecord[];
  readonly calls: ReadonlyMap<string, CallHistory>;
  /** When each process that died did so. */
  readonly deaths: ReadonlyMap<number, number>;
  readonly #pauses: readonly Pause[];

  /** @param entries in the order of time */
  constructor(entries: readonly Entry[], left: readonly JobRecord[]) {
    this.entries = entries;
    this.left = left;
    this.deaths = deathsIn(entries);
    this.#pauses = pausesIn(entries);
    this.calls = callsIn(entries, left);
  }

  /** Whether the process stood still for at least `ms` in a row at some time between the two. */
  stoodStill(pid: number, from: number, to: number, ms: number): boolean {
    return this.#pauses.some(
      (pause) => pause.pid === pid && pause.to > from && pause.from < to && pause.to - pause.from >= ms,
    );
  }
}

interface Pause {
  readonly pid: number;
  readonly from: number;
  readonly to: number;
}

function deathsIn(entries: readonly Entry[]): ReadonlyMap<number, number> {
  const deaths = new Map<number, number>();
  for (const { target, at } of of(entries, "killed", "gone"))
    deaths.set(target, Math.min(at, deaths.get(target) ?? at));
  return deaths;
}

/** A process that was paused is told of twice, by the parent and by its own lag; either may be all there is. */
function pausesIn(entries: readonly Entry[]): readonly Pause[] {
  const lags = of(entries, "lagged").map(({ pid, at, ms }) => ({ pid, from: at - ms, to: at }));
  const continued = of(entries, "continued");
  const pauses = of(entries, "paused").map(({ target: pid, at: from }) => ({
    pid,
    from,
    to: continued.find(({ target, at }) => target === pid && at > from)?.at ?? Number.POSITIVE_INFINITY,
  }));
  return [...lags, ...pauses];
}

function callsIn(entries: readonly Entry[], left: readonly JobRecord[]): ReadonlyMap<string, CallHistory> {
  const ofCalls = entries.filter((entry) => "call" in entry);
  const byCall = grouped(ofCalls, ({ call }) => call);
  const lost = grouped(of(entries, "lost"), ({ pid, id }) => `${pid}/${id}`);
  const leftByCall = new Map(left.map((job) => [String(job.args[0]), job]));
  const calls = [...byCall].flatMap(([call, own]) => {
    const [asked] = of(own, "asked");
    if (asked === undefined) return [];
    const runs = of(own, "started").map((started) => runOf(started, own, lost));
    return [
      {
        call,
        asked,
        stored: of(own, "stored")[0],
        refused: of(own, "refused")[0],
        runs,
        settled: of(own, "done", "failed", "retried", "released"),
        mails: of(own, "mail"),
        left: leftByCall.get(call),
      },
    ];
  });
  return new Map(calls.map((each) => [each.call, each]));
}

function runOf(
  { id, token, pid, attempt, maxAttempts, at: startedAt }: EntryOf<"started">,
  own: readonly Entry[],
  lost: ReadonlyMap<string, readonly EntryOf<"lost">[]>,
): Run {
  const isOwn = (entry: { readonly token: string }) => entry.token === token;
  return {
    ...{ id, token, pid, attempt, maxAttempts, startedAt },
    effects: of(own, "effect").filter(isOwn),
    ended: of(own, "ended").find(isOwn),
    settled: of(own, "done", "failed", "retried", "released").filter(isOwn),
    lostAt: lost.get(`${pid}/${id}`)?.find(({ at }) => at >= startedAt)?.at,
  };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
