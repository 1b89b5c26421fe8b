import type { Outcome } from "./transport.ts";

const SAYS_SO =
  /too (many|much|fast|quick)|rate|throttl|slow ?down|exceed|limit|temporarily deferred|try again/i;
/** "00:04:59", "4:59". */
const BY_THE_CLOCK = /(?:in|after|wait|for|within)\s+(?:(\d{1,2}):)?(\d{1,2}):(\d{2})\b/i;
const GREYLISTED = /gr[ae]y-?\s?list/i;
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const NAMED =
  /(?:in|after|wait|for|within)\s+(?:another\s+|at least\s+)?(\d{1,5})\s*(s|m|h)(?:ec(?:ond)?s?|in(?:ute)?s?|(?:ou)?rs?)?\b/i;
/** A longer delay is not obeyed to the letter: mails are asked for again after it, in ms. */
const LONGEST = 3_600_000;

/**
 * Whether the server may say that mails come too fast, and not that this mail's recipients have to wait: a full mailbox or greylisting must
 * not hold up everybody else.
 */
export function isTooFast({ class: found, refused, response, ownLimit = false }: Outcome): boolean {
  if (found !== "throttled" || ownLimit || isGreylisting(response)) return false;
  if (refused.length === 0) return true;
  return refused.every(({ code }) => code === 421 || code === 454) && SAYS_SO.test(response);
}

/** Whether a recipient who was not written to before has to wait: his neighbours have to be asked for all the sooner. */
export function isGreylisting(response: string): boolean {
  return GREYLISTED.test(response);
}

/** The delay that a reply names ("try again in 30 seconds"), in ms; no longer than `longest`. */
export function namedDelay(response: string, longest = LONGEST): number | undefined {
  const [, count = "", unit = ""] = NAMED.exec(response) ?? [];
  const [, hours = "", minutes = "", seconds = ""] = BY_THE_CLOCK.exec(response) ?? [];
  const byTheClock = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  const ms = Number(count) * (UNITS[unit.toLowerCase()] ?? 0) || byTheClock;
  return ms > 0 ? Math.min(ms, longest) : undefined;
}
