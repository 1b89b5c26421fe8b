import { errorMessage } from "../errors/error-message.ts";
import type { Outcome, OutcomeClass, Refusal, SendOptions } from "./transport.ts";

/** What a server said about one command. */
export interface Reply {
  /** RFC 5321 4.2.1. */
  readonly code: number;
  readonly response: string;
}

/** Where a connection broke, as far as it matters for whether the mail was taken. */
export type BrokenAt = "connect" | "before-dot" | "after-dot";

type ReplyClass = Refusal["class"] | "our-fault";

/** Login and TLS are wanted or failed (RFC 4954 6, RFC 3207 4). */
const OUR_FAULT_CODES: ReadonlySet<number> = new Set([530, 534, 535, 538]);
/** The sending domain does not pass: SPF, DKIM, DMARC, reverse DNS (RFC 7372 3, and large providers' use of it). */
const OUR_FAULT_STATUS = /^5\.7\.(20|21|22|23|24|25|26|27|29|30)$/;
const THROTTLED_CODES: ReadonlySet<number> = new Set([421, 452, 454]);
const THROTTLED_STATUS = /^(450 4\.2\.|451 4\.7\.)/;
/** The session is out of step. */
export const BAD_SEQUENCE = 503;

/** The enhanced status code of a reply (RFC 3463), such as 5.1.1. */
export function enhancedStatus(response: string): string | undefined {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
}

/** What a refusal asks for. A reply that only says that the session is out of step (503) is worth another try. */
export function classifyReply({ code, response }: Reply): ReplyClass {
  const status = enhancedStatus(response) ?? "";
  if (OUR_FAULT_CODES.has(code) || OUR_FAULT_STATUS.test(status)) return "our-fault";
  if (THROTTLED_CODES.has(code) || THROTTLED_STATUS.test(`${code} ${status}`)) return "throttled";
  return code >= 500 && code !== BAD_SEQUENCE ? "rejected" : "deferred";
}

/** A reply that ends the message for everybody: at MAIL, at DATA, after the dot, or at the greeting. */
export function refusedMessage(reply: Reply): Outcome {
  return { class: classifyReply(reply), ...reply, accepted: [], refused: [] };
}

/** Every recipient was refused: hopeful as long as one of them is. */
export function refusedRecipients(refused: readonly Refusal[]): Outcome {
  const order: readonly Refusal["class"][] = ["throttled", "deferred", "rejected"];
  const best = order.flatMap((each) => refused.find((refusal) => refusal.class === each) ?? [])[0];
  const { code, response = "no recipient was accepted" } = best ?? {};
  const outcome: OutcomeClass = best?.class ?? "rejected";
  return { class: outcome, response, ...(code !== undefined && { code }), accepted: [], refused };
}

const BROKEN: Readonly<Record<BrokenAt, OutcomeClass>> = {
  connect: "unreachable",
  "before-dot": "lost",
  "after-dot": "unknown",
};

/** No reply, because there is no connection any more. */
export function broken(at: BrokenAt, response: string): Outcome {
  return { class: BROKEN[at], response, accepted: [], refused: [] };
}

/** For transports that take a mail as a whole or not at all: whoever asked is told before, and of the answer. */
export async function attemptOnce(
  { signal, onFinalDot, onAnswer }: SendOptions,
  attempt: () => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  if (signal?.aborted) return broken("before-dot", "The send was aborted");
  try {
    onFinalDot?.();
  } catch (error) {
    return broken("before-dot", errorMessage(error));
  }
  const outcome = await attempt();
  onAnswer?.(outcome);
  return outcome;
}
