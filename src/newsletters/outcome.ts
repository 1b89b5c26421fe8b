/**
 * The outcomes of a recipient. The ledger stores the index of an outcome as one byte, so never change the order.
 *
 * `isFinal` says for which outcomes a run of the chunk has nothing left to do.
 */
export const OUTCOMES = [
  "pending",
  /** Announced: his mail is in hand, or the process died while it was. */
  "attempted",
  "sent",
  "rejected",
  "deferred",
  "failed",
  "unknown",
  "invalid",
  "cancelled",
  "stopped",
  /** Waiting, after a process died while his announced mail was in hand. */
  "crashed-once",
  "attempted-again",
  "crashed-twice",
  "attempted-last",
  /** The chunk's job failed for good before the recipient's turn. It counts as `failed`, until this job or a new one is performed after all. */
  "abandoned",
  /** Deferred, and an earlier send may have reached him. */
  "uncertain",
  /** Left when the time at which the newsletter was to stop had come. */
  "expired",
  /** The mail was made and checked, and stopped before the transport because the newsletter is a rehearsal. */
  "rehearsed",
] as const;

export type RecipientOutcome = (typeof OUTCOMES)[number];

/** The outcomes that counts and lists show. Each other outcome is an intermediate step of one of these. */
export type ReportedOutcome = Exclude<RecipientOutcome, "abandoned" | "uncertain" | Crashed | Announced>;

type Announced = "attempted" | "attempted-again" | "attempted-last";
type Crashed = "crashed-once" | "crashed-twice";
/** Who can be announced. */
type Waiting = "pending" | "deferred" | "uncertain" | "abandoned" | Crashed;

const REPORTED: Readonly<Partial<Record<RecipientOutcome, ReportedOutcome>>> = {
  attempted: "pending",
  "crashed-once": "pending",
  "attempted-again": "pending",
  "crashed-twice": "pending",
  "attempted-last": "pending",
  abandoned: "failed",
  uncertain: "deferred",
};

const ANNOUNCED: Readonly<Record<Waiting, Announced>> = {
  pending: "attempted",
  deferred: "attempted",
  uncertain: "attempted",
  abandoned: "attempted",
  "crashed-once": "attempted-again",
  "crashed-twice": "attempted-last",
};

const AFTER_CRASH: Readonly<Record<Announced, Crashed | "too-often">> = {
  attempted: "crashed-once",
  "attempted-again": "crashed-twice",
  "attempted-last": "too-often",
};

/** The outcome before the announcement. Before the first one it may have been `uncertain` or not; `uncertain` is the safe choice. */
const UNBEGUN: Readonly<Record<Announced, Crashed | "uncertain">> = {
  attempted: "uncertain",
  "attempted-again": "crashed-once",
  "attempted-last": "crashed-twice",
};

/** How often a process may die on one recipient before he is left out. */
export const MAX_RECIPIENT_CRASHES = 3;

/**
 * How many workers in a row may die without any progress of the chunk, before a recipient is left out whose mail was begun and not sent, as
 * a journal shows. The number is above `MAX_RECIPIENT_CRASHES`, because somebody else may have killed the workers.
 */
export const MAX_CHANCES = 6;

export function byteOf(outcome: RecipientOutcome): number {
  return OUTCOMES.indexOf(outcome);
}

/** @param byte of an outcome; one of a later version counts as unknown, which is never sent again */
export function outcomeOf(byte: number): RecipientOutcome {
  return OUTCOMES[byte] ?? "unknown";
}

/** Under which name an outcome is counted and listed. */
export function reportedAs(outcome: RecipientOutcome): ReportedOutcome {
  return REPORTED[outcome] ?? (outcome as ReportedOutcome);
}

/** Whether a run of the chunk has nothing to do for him. */
export function isFinal(outcome: RecipientOutcome): boolean {
  return !isWaiting(outcome) && !isAnnounced(outcome);
}

function isWaiting(outcome: RecipientOutcome): outcome is Waiting {
  return Object.hasOwn(ANNOUNCED, outcome);
}

/** Whether his mail is in hand, or the process died while it was. */
export function isAnnounced(outcome: RecipientOutcome): outcome is Announced {
  return Object.hasOwn(AFTER_CRASH, outcome);
}

/** What is written before his mail is begun, so that he is known if the process dies on it. */
export function announced(outcome: RecipientOutcome): RecipientOutcome {
  return isWaiting(outcome) ? ANNOUNCED[outcome] : outcome;
}

/** What it means that he is found announced when a new run begins. @returns undefined when he was not */
export function afterCrash(outcome: RecipientOutcome): Crashed | "too-often" | undefined {
  return isAnnounced(outcome) ? AFTER_CRASH[outcome] : undefined;
}

/** What it means that he is found announced, and that his mail was not even begun. */
export function unbegun(outcome: RecipientOutcome): RecipientOutcome {
  return isAnnounced(outcome) ? UNBEGUN[outcome] : outcome;
}

/** Whether he may have the mail though nothing says so. */
export function mayHaveIt(outcome: RecipientOutcome): boolean {
  return outcome === "uncertain" || isCrashed(outcome) || isAnnounced(outcome);
}

/** Whether a process died while his mail was in hand. */
export function isCrashed(outcome: RecipientOutcome): boolean {
  return outcome === "crashed-once" || outcome === "crashed-twice";
}

export type OutcomeCounts = Readonly<Record<ReportedOutcome, number>>;

/** Those that are counted and listed. */
export const REPORTED_OUTCOMES: readonly ReportedOutcome[] = [...new Set(OUTCOMES.map(reportedAs))];

export function countOutcomes(outcomes: Uint8Array): OutcomeCounts {
  const counts = Object.fromEntries(REPORTED_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    ReportedOutcome,
    number
  >;
  for (const byte of outcomes) counts[reportedAs(outcomeOf(byte))] += 1;
  return counts;
}

export function addCounts(a: OutcomeCounts, b: OutcomeCounts): OutcomeCounts {
  return Object.fromEntries(
    REPORTED_OUTCOMES.map((outcome) => [outcome, a[outcome] + b[outcome]]),
  ) as OutcomeCounts;
}

export const NO_COUNTS: OutcomeCounts = countOutcomes(new Uint8Array());

/** Makes those of the outcomes that are asked for pending again. */
export function reopened(
  outcomes: Uint8Array,
  asked: readonly ReportedOutcome[],
): { readonly bytes: Uint8Array; readonly count: number } {
  const isAsked = (byte: number) => asked.includes(reportedAs(outcomeOf(byte)));
  const count = outcomes.filter(isAsked).length;
  return { count, bytes: Uint8Array.from(outcomes, (byte) => (isAsked(byte) ? byteOf("pending") : byte)) };
}
