import { InvalidOptionsError, PermanentFailure, RetryLater } from "../errors/errors.ts";
import type { Events } from "../events.ts";
import type { MailCheckpoint } from "../mailers/mail-attempt.ts";
import type { Outcome, Refusal } from "../transports/transport.ts";

const THROTTLED_MS = 60_000;
const STOPPED_MS = 30_000;

/** What follows from an outcome for the mail, whether it is a single one or one of a newsletter. */
export type Consequence =
  | { readonly kind: "sent" }
  /** Never tried again. */
  | { readonly kind: "final"; readonly reason: "rejected" | "unknown" }
  /** Tried again with backoff, as the same message, and not before `notBefore` ms have passed. */
  | { readonly kind: "again"; readonly notBefore?: number }
  /** Nothing is wrong with the mail: what needs this transport waits, in ms, and no attempt is spent. */
  | { readonly kind: "wait"; readonly delay: number }
  /** The same, only for mails to the same mail provider. */
  | { readonly kind: "aside"; readonly delay: number; readonly provider: string };

export function consequenceOf(outcome: Outcome, policy: UnknownPolicy): Consequence {
  const { retryAfter, refused, provider } = outcome;
  switch (outcome.class) {
    case "sent":
      return { kind: "sent" };
    case "rejected":
      return { kind: "final", reason: "rejected" };
    case "deferred":
    case "lost":
      return again(retryAfter);
    case "throttled":
      if (provider !== undefined && refused.length === 0)
        return { kind: "aside", delay: retryAfter ?? THROTTLED_MS, provider };
      // Only these recipients are asked to wait: a full mailbox or greylisting must not hold up everybody else.
      return refused.length > 0 ? again(retryAfter) : { kind: "wait", delay: retryAfter ?? THROTTLED_MS };
    case "our-fault":
    case "unreachable":
      return { kind: "wait", delay: retryAfter ?? STOPPED_MS };
    case "unknown":
      return policy === "resend" ? again() : { kind: "final", reason: "unknown" };
  }
}

function again(notBefore?: number): Consequence {
  return { kind: "again", ...(notBefore !== undefined && { notBefore }) };
}

/** Says what is to become of a job after its mail met this outcome; undefined when the job is done. */
export function verdictOf(
  outcome: Outcome,
  { unknown, before: earlier }: { readonly unknown: UnknownPolicy; readonly before: MailCheckpoint },
): PermanentFailure | RetryLater | undefined {
  const { response } = outcome;
  const before = outcome.class === "unknown" ? { ...earlier, mayHaveBeenTaken: true } : earlier;
  const consequence = consequenceOf(outcome, unknown);
  switch (consequence.kind) {
    case "sent":
      return afterSent(outcome, before);
    case "final":
      return new PermanentFailure(response, { reason: consequence.reason });
    case "again": {
      const { notBefore } = consequence;
      return new RetryLater(response, {
        ...checkpoint(before),
        ...(notBefore !== undefined && { notBefore }),
      });
    }
    case "aside":
      return new RetryLater(response, {
        ...checkpoint(before),
        delay: consequence.delay,
        counted: false,
      });
    case "wait":
      return new RetryLater(response, later(consequence.delay, outcome, before));
  }
}

/** Sent to some and put off for others: the others are tried again, the first are not. */
function afterSent(
  { accepted, refused, retryAfter }: Outcome,
  before: MailCheckpoint,
): RetryLater | undefined {
  const deferred = refused.filter((refusal) => refusal.class !== "rejected");
  if (deferred.length === 0) return undefined;
  return new RetryLater(deferred.map(described).join("; "), {
    ...checkpoint({ ...before, accepted: [...before.accepted, ...accepted] }),
    ...(retryAfter !== undefined && { notBefore: retryAfter }),
  });
}

function described({ address, response }: Refusal): string {
  return `${address}: ${response}`;
}

function checkpoint(state: MailCheckpoint): { checkpoint?: MailCheckpoint } {
  return state.accepted.length === 0 && state.mayHaveBeenTaken !== true ? {} : { checkpoint: state };
}

/** Nothing is wrong with the mail: no attempt is spent, and its queue rests, unless other transports work for what else is in it. */
function later(delay: number, { othersWork = false, isUsedUp = false }: Outcome, before: MailCheckpoint) {
  return { ...checkpoint(before), delay, counted: false, pauseQueue: !othersWork && !isUsedUp };
}

/**
 * What to do with a mail that may or may not have been taken (the line broke after its final dot): `resend` it with the same
 * Message-ID, at the risk of a second copy, or `hold` it as failed for somebody to look at.
 */
export type UnknownPolicy = "resend" | "hold";

/** A mail that may or may not have been taken, and is about to be sent again. */
export interface UnknownMail {
  readonly mailer: string;
  readonly action: string;
  readonly args: readonly unknown[];
  /** What `.with({ ... })` gave. */
  readonly params: Readonly<Record<string, unknown>>;
  /** With its angle brackets, the same at every attempt: mail servers and providers log it. */
  readonly messageId: string;
  /** The key of the newsletter that it is of, if it is of one. */
  readonly newsletter?: string;
}

/**
 * Decides for each mail by itself, right before it would be sent again, so that somebody else may know by then: a provider that is asked
 * for the Message-ID. `RetryLater` puts the decision off. What else it throws is the event `callback.failed`, and holds the mail.
 */
export type AskUnknown = (mail: UnknownMail) => UnknownPolicy | Promise<UnknownPolicy>;

export type OnUnknownOutcome = UnknownPolicy | AskUnknown;

/** The policy where the function cannot be asked yet. The mail is not held until it is asked. */
export function withoutAsking(policy: OnUnknownOutcome): UnknownPolicy {
  return typeof policy === "function" ? "resend" : policy;
}

/** @throws RetryLater where the hook wants to be asked again */
export async function askUnknown(
  ask: AskUnknown,
  mail: UnknownMail,
  events: Pick<Events, "emit">,
): Promise<UnknownPolicy> {
  try {
    const answer: unknown = await ask(mail);
    if (answer === "resend" || answer === "hold") return answer;
    throw new InvalidOptionsError("onUnknownOutcome", ['it must give "resend" or "hold"']);
  } catch (error) {
    if (error instanceof RetryLater) throw error;
    events.emit("callback.failed", { callback: "onUnknownOutcome", error });
    return "hold";
  }
}

export const HELD_BY_HOOK = "It may have been taken, and onUnknownOutcome holds it";
