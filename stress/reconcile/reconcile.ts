import type { JobRecord } from "../../src/index.ts";
import type { Entry } from "../ledger.ts";
import type { StoredNewsletter } from "../newsletters/stored-newsletters.ts";
import { allEndAsTheyShould, noneTooOften, noneTooSoon } from "./attempts.ts";
import { copyCounts, noneBeyondTheWire, noneTwice, noneWithAnotherId } from "./copies.ts";
import { type CallHistory, History } from "./history.ts";
import { allTold, isDoneUntold, isPromised, noneLost } from "./losses.ts";
import { noMailMissing, noMailTooOften, repeatedMails } from "./mails.ts";
import { noneLiveTwice, runsThatWentOn } from "./overlaps.ts";
import { noneBrokeDown, noneStuck } from "./processes.ts";
import type { Broken } from "./promise.ts";
import {
  noneLeftOut,
  noneLeftPending,
  nonePlannedTwice,
  noneSkipped,
  noneUnfinished,
  noneUnrecorded,
} from "./recipients.ts";
import { type Recovery, recoveriesIn } from "./recovery.ts";
import { noneAfterItsEnd, noneClaimedTwice, noneCommittedTwice } from "./repetitions.ts";
import { storyOf } from "./story.ts";
import { noKeyTwice } from "./unique-keys.ts";

const PROMISES = [
  noneLost,
  noneCommittedTwice,
  noneAfterItsEnd,
  noneClaimedTwice,
  noneLiveTwice,
  noKeyTwice,
  noneTooOften,
  noneTooSoon,
  allEndAsTheyShould,
  allTold,
  noMailMissing,
  noMailTooOften,
  noneSkipped,
  noneLeftPending,
  noneLeftOut,
  noneUnrecorded,
  noneTwice,
  noneBeyondTheWire,
  noneWithAnotherId,
  nonePlannedTwice,
  noneUnfinished,
  noneStuck,
  noneBrokeDown,
];

export interface Verdict {
  readonly name: string;
  readonly broken: readonly (Broken & { readonly story: readonly string[] })[];
}

export interface Findings {
  readonly verdicts: readonly Verdict[];
  readonly counts: Readonly<Record<string, number>>;
  readonly recoveries: readonly Recovery[];
}

/** More stories than these of one broken promise tell nothing new. */
const STORIES = 3;

/**
 * Compares what the processes wrote with what is left in the store.
 * @param entries of all processes, in the order of time
 * @param left every job there is, after everything was worked off
 * @param newsletters every newsletter there is, with its recipients
 */
export function reconcile(
  entries: readonly Entry[],
  left: readonly JobRecord[],
  newsletters: readonly StoredNewsletter[] = [],
): Findings {
  const history = new History(entries, left, newsletters);
  const verdicts = PROMISES.map(({ name, broken }) => ({
    name,
    broken: broken(history).map((each, index) => ({
      ...each,
      story: index >= STORIES ? [] : storyOf(each, history),
    })),
  }));
  return { verdicts, counts: countsOf(history), recoveries: recoveriesIn(history) };
}

function countsOf(history: History): Readonly<Record<string, number>> {
  const calls = [...history.calls.values()];
  const runs = calls.flatMap((call) => call.runs);
  const runsThat = (what: string) => runs.filter(({ settled }) => settled.some((each) => each.what === what));
  const crashed = calls.filter(({ left }) => left?.failReason === "crashed");
  const done = calls.filter((call) => call.settled.some(({ what }) => what === "done"));
  return {
    "jobs stored": calls.filter(isPromised).length,
    "enqueues that failed or were cut off": calls.filter(({ stored }) => !stored).length,
    "jobs done": done.length,
    "jobs done without a word about it": calls.filter(
      (call) => !done.includes(call) && isDoneUntold(call, history),
    ).length,
    "jobs kept as failed": history.left.filter(({ state }) => state === "failed").length,
    "  because they killed their workers": crashed.filter(isDeadly).length,
    "  because their workers were killed again and again": crashed.filter((call) => !isDeadly(call)).length,
    "runs begun": runs.length,
    "runs put off": runsThat("retried").length,
    "runs handed back": runsThat("released").length,
    "runs cut off, and nothing of them written": runs.filter(({ settled }) => settled.length === 0).length,
    "runs that asked nobody, and went on after another had begun": runsThatWentOn(calls),
    "mails that came twice": repeatedMails(history),
    ...newsletterCounts(history),
    ...copyCounts(history),
  };
}

function newsletterCounts({ newsletters }: History): Readonly<Record<string, number>> {
  const recipients = newsletters.flatMap((newsletter) => newsletter.recipients);
  const ended = (outcome: string) => recipients.filter((each) => each.outcome === outcome).length;
  return {
    "newsletters begun": newsletters.length,
    "  of them cancelled": newsletters.filter(({ state }) => state === "cancelled").length,
    "recipients of newsletters": recipients.length,
    "  recorded as sent": ended("sent"),
    "  recorded as unknown": ended("unknown"),
    "mails of newsletters that the server took": recipients.flatMap(({ copies }) => copies).length,
  };
}

function isDeadly({ asked }: CallHistory): boolean {
  return asked.kind === "deadly";
}
