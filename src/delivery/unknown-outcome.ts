import { InvalidOptionsError, RetryLater } from "../errors/errors.ts";
import type { Events } from "../events.ts";

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

/** What applies where nobody can be asked: a mail whose fate is asked about later is not held meanwhile. */
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
