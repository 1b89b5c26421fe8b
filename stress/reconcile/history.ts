import type { JobRecord } from "../../src/index.ts";
import type { Entry, EntryOf } from "../ledger.ts";
import type { StoredNewsletter } from "../newsletters/stored-newsletters.ts";
import { grouped, of } from "./entries.ts";
import { type NewsletterHistory, newslettersIn } from "./newsletter-history.ts";

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

/** What all processes wrote, and what is left in the store, put in order. */
export class History {
  readonly entries: readonly Entry[];
  readonly left: readonly JobRecord[];
  readonly calls: ReadonlyMap<string, CallHistory>;
  readonly newsletters: readonly NewsletterHistory[];
  /** When each process that died did so. */
  readonly deaths: ReadonlyMap<number, number>;
  /** The processes that did not end by themselves, and were not asked to. */
  readonly killed: ReadonlySet<number>;
  /** When the mail server closed all its connections. */
  readonly hangUps: readonly number[];
  readonly #pauses: readonly Pause[];

  /** Claims of chunks, by the chunk, in the order they began. */
  readonly chunkRuns: ReadonlyMap<string, readonly Run[]>;

  /**
   * @param entries in the order of time
   * @param left every job there is
   * @param stored every newsletter there is
   */
  constructor(
    entries: readonly Entry[],
    left: readonly JobRecord[],
    stored: readonly StoredNewsletter[] = [],
  ) {
    this.entries = entries;
    this.left = left;
    this.deaths = deathsIn(entries);
    this.killed = killedIn(entries);
    this.hangUps = of(entries, "hung up").map(({ at }) => at);
    this.#pauses = pausesIn(entries);
    this.calls = callsIn(entries, left);
    this.newsletters = newslettersIn(entries, stored);
    this.chunkRuns = chunkRunsIn(entries, new Set(chunksOf(stored)));
  }

  /** Whether the process stood still for at least `ms` in a row at some time between the two. */
  stoodStill(pid: number, from: number, to: number, ms: number): boolean {
    return this.#pauses.some(
      (pause) => pause.pid === pid && pause.to > from && pause.from < to && pause.to - pause.from >= ms,
    );
  }
}

function chunksOf(stored: readonly StoredNewsletter[]): readonly string[] {
  return stored.flatMap(({ recipients }) => recipients.map(({ chunk }) => chunk));
}

function chunkRunsIn(
  entries: readonly Entry[],
  chunks: ReadonlySet<string>,
): ReadonlyMap<string, readonly Run[]> {
  const lost = lostIn(entries);
  const byChunk = grouped(
    entries.filter((entry) => "call" in entry && chunks.has(entry.call)),
    (entry) => ("call" in entry ? entry.call : ""),
  );
  return new Map(
    [...byChunk].map(([chunk, own]) => [
      chunk,
      of(own, "started").map((started) => runOf(started, own, lost)),
    ]),
  );
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

/** A deadly job kills its process without a word to the parent. */
function killedIn(entries: readonly Entry[]): ReadonlySet<number> {
  const gone = of(entries, "gone").filter(({ signal }) => signal === "SIGKILL");
  return new Set([...of(entries, "killed"), ...gone].map(({ target }) => target));
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
  const lost = lostIn(entries);
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

function lostIn(entries: readonly Entry[]): ReadonlyMap<string, readonly EntryOf<"lost">[]> {
  return grouped(of(entries, "lost"), ({ pid, id }) => `${pid}/${id}`);
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
