import type { EntryOf } from "../ledger.ts";
import { CONNECTIONS } from "../mail/smtp-url.ts";
import { wasAnswered } from "./answers.ts";
import { brokenOf } from "./broken-recipients.ts";
import { grouped, of } from "./entries.ts";
import type { History, Run } from "./history.ts";
import type { RecipientHistory } from "./newsletter-history.ts";
import type { Promised } from "./promise.ts";

type Copy = EntryOf<"taken">;

/** Why a second copy may be: what cut off the worker that sent the first one, or its line, before that could be recorded. */
export type CutOff = "line" | "kill" | "stop" | "lease" | "pause";

/** Shorter ones are everyday business of a busy machine, in ms. */
const PAUSE_MS = 1_000;
/** Outcomes are recorded within a second; a kill so much later than the copy is no reason for another, unless the store was away. In ms. */
const RECORDED_AFTER_MS = 2_000;

/** Nobody gets a second copy from a worker that lived on, had its lease, and was told that the first one was taken. */
export const noneTwice: Promised = {
  name: "second copies while the worker lived",
  broken: (history) =>
    brokenOf(history.newsletters, (recipient) => {
      const pair = secondCopies(recipient).find(
        ([copy, next]) => cutOffAfter(copy, recipient, history, next) === undefined,
      );
      if (pair === undefined) return undefined;
      const ms = Math.round(pair[1].at - pair[0].at);
      return `The mail server took ${recipient.copies.length}; the second came ${ms} ms after the first.`;
    }),
};

/** A worker that is killed repeats what was on its wire, and nothing that was answered: one mail for each of its connections. */
export const noneBeyondTheWire: Promised = {
  name: "killed workers that repeated more than one mail a connection",
  broken: (history) =>
    [...grouped(killedPairs(history), ({ copy }) => String(copy.client))]
      .filter(([, pairs]) => pairs.length > CONNECTIONS)
      .map(([pid, pairs]) => ({
        why: `After the kill of ${pid} there are ${pairs.length} second copies, and it had ${CONNECTIONS} connections.`,
      })),
};

/** All copies are the same mail, so that whoever gets two can see that they are one. */
export const noneWithAnotherId: Promised = {
  name: "second copies with another Message-ID",
  broken: ({ newsletters }) =>
    brokenOf(newsletters, ({ copies }) => {
      const ids = new Set(copies.map(({ messageId }) => messageId));
      return ids.size > 1 ? `The Message-IDs are ${[...ids].join(", ")}.` : undefined;
    }),
};

/**
 * What became of the worker that sent this copy, or of its line, before the next copy was taken.
 * @param next without it, at any time later
 */
export function cutOffAfter(
  copy: Copy,
  recipient: RecipientHistory,
  history: History,
  next?: Copy,
): CutOff | undefined {
  const until = next?.at ?? Number.POSITIVE_INFINITY;
  if (!wasAnswered(copy, history)) return "line";
  if (runOf(copy, recipient, history)?.lostAt !== undefined) return "lease";
  if (history.stoodStill(copy.client, copy.at, until, PAUSE_MS)) return "pause";
  const death = history.deaths.get(copy.client);
  if (death === undefined || death > until) return undefined;
  return history.killed.has(copy.client) ? "kill" : "stop";
}

/** Of all second copies, beside what they came, and how many there may be at most beside kills. */
export function copyCounts(history: History): Readonly<Record<string, number>> {
  const pairs = pairsIn(history);
  const beside = (why: CutOff) => pairs.filter((pair) => pair.why === why);
  const late = beside("kill").filter(({ copy }) => lateKill(copy, history)).length;
  return {
    "second copies beside a killed worker": beside("kill").length,
    "  connections times workers killed, which is the most of them": CONNECTIONS * workersKilled(history),
    "  of them, of a worker killed more than two seconds later": late,
    "second copies beside a worker that was told to stop": beside("stop").length,
    "second copies beside a lease that was lost": beside("lease").length,
    "second copies beside a worker that stood still": beside("pause").length,
    "second copies beside a line that broke after the final dot": beside("line").length,
  };
}

interface Pair {
  /** The one before the second. */
  readonly copy: Copy;
  readonly why: CutOff | undefined;
}

function pairsIn(history: History): readonly Pair[] {
  return history.newsletters.flatMap(({ recipients }) =>
    recipients.flatMap((recipient) =>
      secondCopies(recipient).map(([copy, next]) => ({
        copy,
        why: cutOffAfter(copy, recipient, history, next),
      })),
    ),
  );
}

function killedPairs(history: History): readonly Pair[] {
  return pairsIn(history).filter(({ why }) => why === "kill");
}

/** Each copy after the first, behind the one before it. */
function secondCopies({ copies }: RecipientHistory): readonly (readonly [Copy, Copy])[] {
  return copies.flatMap((copy, index) => {
    const next = copies[index + 1];
    return next === undefined ? [] : [[copy, next] as const];
  });
}

/** The claim of the chunk with which the worker sent it. */
function runOf({ client, at }: Copy, { chunks }: RecipientHistory, { chunkRuns }: History): Run | undefined {
  const runs = chunks.flatMap((chunk) => chunkRuns.get(chunk) ?? []);
  return runs.findLast((run) => run.pid === client && run.startedAt <= at);
}

function lateKill({ at, client }: Copy, { deaths }: History): boolean {
  return (deaths.get(client) ?? at) > at + RECORDED_AFTER_MS;
}

function workersKilled({ entries, killed }: History): number {
  return of(entries, "worker").filter(({ pid }) => killed.has(pid)).length;
}
