import type { Outcome } from "./transport.ts";

const SAYS_SO =
  /too (many|much|fast|quick)|rate|throttl|slow ?down|exceed|limit|temporarily deferred|try again/i;
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const NAMED =
  /(?:in|after|wait|for|within)\s+(?:another\s+|at least\s+)?(\d{1,5})\s*(s|m|h)(?:ec(?:ond)?s?|in(?:ute)?s?|(?:ou)?rs?)?\b/i;
/** A longer delay is not obeyed to the letter: mails are asked for again after it, in ms. */
const LONGEST = 3_600_000;

/**
 * Whether the server says that mails come too fast, and not that this mail's recipients have to wait: a full mailbox or greylisting must
 * not hold up everybody else.
 */
export function isTooFast({ class: found, refused, response, ownLimit = false }: Outcome): boolean {
  if (found !== "throttled" || ownLimit) return false;
  if (refused.length === 0) return true;
  return refused.every(({ code }) => code === 421 || code === 454) && SAYS_SO.test(response);
}

/** The delay that a reply names ("try again in 30 seconds"), in ms. */
export function namedDelay(response: string): number | undefined {
  const [, count = "", unit = ""] = NAMED.exec(response) ?? [];
  const ms = Number(count) * (UNITS[unit.toLowerCase()] ?? 0);
  return ms > 0 ? Math.min(ms, LONGEST) : undefined;
}
