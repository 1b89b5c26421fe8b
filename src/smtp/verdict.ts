import { PermanentFailure, RetryLater } from "../errors.ts";
import type { Outcome, Refusal } from "./transport.ts";

/**
 * What to do with a mail that may or may not have been taken (the line broke after its final dot): `resend` it with the same
 * Message-ID, at the risk of a second copy, or `hold` it as failed for somebody to look at.
 */
export type UnknownPolicy = "resend" | "hold";

/** What a job keeps between attempts at one mail: who has it already. */
export interface MailCheckpoint {
  readonly accepted: readonly string[];
}

const THROTTLED_MS = 60_000;
const STOPPED_MS = 30_000;

/** What is to become of a job after its mail met this outcome; undefined when it is done. */
export function verdictOf(
  outcome: Outcome,
  { unknown, acceptedBefore }: { unknown: UnknownPolicy; acceptedBefore: readonly string[] },
): PermanentFailure | RetryLater | undefined {
  const { response, retryAfter, refused } = outcome;
  switch (outcome.class) {
    case "sent":
      return afterSent(outcome, acceptedBefore);
    case "rejected":
      return new PermanentFailure(response, { reason: "rejected" });
    case "deferred":
    case "lost":
      return new RetryLater(response, checkpoint(acceptedBefore));
    case "throttled":
      // Only these recipients are asked to wait: a full mailbox or greylisting must not hold up everybody else.
      if (refused.length > 0) return new RetryLater(response, checkpoint(acceptedBefore));
      return new RetryLater(response, later(retryAfter ?? THROTTLED_MS, outcome, acceptedBefore));
    case "our-fault":
    case "unreachable":
      return new RetryLater(response, later(retryAfter ?? STOPPED_MS, outcome, acceptedBefore));
    case "unknown":
      return unknown === "resend"
        ? new RetryLater(response, checkpoint(acceptedBefore))
        : new PermanentFailure(response, { reason: "unknown" });
  }
}

/** Sent to some and put off for others: the others are tried again, the first are not. */
function afterSent(
  { accepted, refused }: Outcome,
  acceptedBefore: readonly string[],
): RetryLater | undefined {
  const deferred = refused.filter((refusal) => refusal.class !== "rejected");
  if (deferred.length === 0) return undefined;
  return new RetryLater(deferred.map(described).join("; "), checkpoint([...acceptedBefore, ...accepted]));
}

function described({ address, response }: Refusal): string {
  return `${address}: ${response}`;
}

function checkpoint(accepted: readonly string[]): { checkpoint?: MailCheckpoint } {
  return accepted.length === 0 ? {} : { checkpoint: { accepted } };
}

/** Nothing is wrong with the mail: no attempt is spent, and its queue rests, unless other transports work for what else is in it. */
function later(delay: number, { othersWork = false }: Outcome, accepted: readonly string[]) {
  return { ...checkpoint(accepted), delay, counted: false, pauseQueue: !othersWork };
}
