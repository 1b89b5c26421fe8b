/**
 * What became of one recipient, by the byte that stands for it in the ledger. The numbers are stored: never change one.
 *
 * `pending` and `attempted` are still to be sent, `deferred` is to be tried again; all others are final.
 */
export const OUTCOMES = [
  "pending",
  "attempted",
  "sent",
  "rejected",
  "deferred",
  "failed",
  "unknown",
  "invalid",
  "cancelled",
  "suppressed",
] as const;

export type RecipientOutcome = (typeof OUTCOMES)[number];

export function byteOf(outcome: RecipientOutcome): number {
  return OUTCOMES.indexOf(outcome);
}

/** @param byte of an outcome; one of a later version counts as unknown, which is never sent again */
export function outcomeOf(byte: number): RecipientOutcome {
  return OUTCOMES[byte] ?? "unknown";
}

/** A final outcome is never changed. */
export function isFinal(outcome: RecipientOutcome): boolean {
  return outcome !== "pending" && outcome !== "attempted" && outcome !== "deferred";
}

export type OutcomeCounts = Readonly<Record<RecipientOutcome, number>>;

export function countOutcomes(outcomes: Uint8Array): OutcomeCounts {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    RecipientOutcome,
    number
  >;
  for (const byte of outcomes) counts[outcomeOf(byte)] += 1;
  return counts;
}

export function addCounts(a: OutcomeCounts, b: OutcomeCounts): OutcomeCounts {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, a[outcome] + b[outcome]])) as OutcomeCounts;
}

export const NO_COUNTS: OutcomeCounts = countOutcomes(new Uint8Array());
