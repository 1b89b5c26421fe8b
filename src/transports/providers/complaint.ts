import { isGreylisting, namedDelay } from "../adaptive-pace.ts";
import { enhancedStatus, type Reply } from "../outcome.ts";

/** What most who greylist ask for, in ms. */
const GREYLISTED_MS = 300_000;
/** A recipient is not left alone for longer, whatever is asked for, in ms. */
const LONGEST_MS = 86_400_000;
const SERVICE_CLOSES = 421;
/** SES and others, to MAIL, RCPT or DATA: "454 Throttling failure: Maximum sending rate exceeded." */
const THROTTLING = 454;

/**
 * Whether a reply says that somebody gets more than he likes: 421, or a temporary 4.7.x. Not 454, by which mail servers speak of
 * themselves, and not greylisting, which is about one recipient.
 */
export function isComplaint({ code, response }: Reply): boolean {
  if (code < 400 || code >= 500 || code === THROTTLING || isGreylisting(response)) return false;
  return code === SERVICE_CLOSES || (enhancedStatus(response) ?? "").startsWith("4.7.");
}

/** How long a recipient is to be left alone, where the reply says so, in ms. */
export function askedDelay(response: string): number | undefined {
  return namedDelay(response, LONGEST_MS) ?? (isGreylisting(response) ? GREYLISTED_MS : undefined);
}
