import type { NewsletterOutcome, RehearsalReport } from "../../jobs/newsletter.ts";
import { lookAtFirst } from "../first-outcomes.ts";
import { madeMailOf } from "./made-mail.ts";

/** Reasons that are told apart; rows may give a reason each. */
const MOST_REASONS = 100;

type Reason = RehearsalReport["wouldNot"][number];

/** What a rehearsal comes to, read once and in flat memory. @param most so many outcomes are looked at */
export async function rehearsalReport(
  outcomes: AsyncIterable<NewsletterOutcome>,
  most: number = Number.POSITIVE_INFINITY,
): Promise<RehearsalReport> {
  const reasons = new Map<string, Reason>();
  let [wouldGet, others, ms] = [0, 0, 0];
  let largest: RehearsalReport["largest"];
  let slowest: RehearsalReport["slowest"];
  const { looked, isWhole } = await lookAtFirst(outcomes, most, ({ recipient, outcome, response }) => {
    const made = outcome === "rehearsed" ? madeMailOf(response) : undefined;
    if (outcome === "rehearsed") wouldGet += 1;
    else if (!count(reasons, { recipient, outcome, response })) others += 1;
    if (made === undefined) return;
    ms += made.ms;
    if (made.bytes > (largest?.bytes ?? -1)) largest = { recipient, bytes: made.bytes };
    if (made.ms > (slowest?.ms ?? -1)) slowest = { recipient, ms: made.ms };
  });
  const wouldNot = [...reasons.values()].sort((a, b) => b.count - a.count);
  return {
    looked,
    isWhole,
    wouldGet,
    wouldNot,
    others,
    ...(largest && { largest }),
    ...(slowest && { slowest }),
    ...(wouldGet > 0 && { meanMs: ms / wouldGet }),
  };
}

/** @returns whether it is one of the reasons that are told */
function count(
  reasons: Map<string, Reason>,
  { recipient, outcome, response: reason }: NewsletterOutcome,
): boolean {
  const name = `${outcome} ${reason}`;
  const known = reasons.get(name);
  if (known === undefined && reasons.size >= MOST_REASONS) return false;
  const { count: before, example } = known ?? { count: 0, example: recipient };
  reasons.set(name, { outcome, reason, count: before + 1, example });
  return true;
}
