import type { Rate } from "../jobs/rate.ts";
import type { RateStore, Reservation } from "./rates/rate-store.ts";
import type { Outcome } from "./transport.ts";

export interface PaceChange {
  /** Mails per second. */
  readonly pace: number;
  /** The server's words. */
  readonly reason: string;
}

export interface AdaptivePaceOptions {
  /** Told when mails begin to go at a pace, and not of every change after that. */
  readonly onPaced: (change: PaceChange) => void;
  /** A clock in ms that never jumps. */
  readonly now: () => number;
  /** What is left of the pace that was too fast. @default 0.75 */
  readonly slower?: number;
  /** By which part of what it was slowed down to it is raised in each second, after some seconds. @default 0.05 */
  readonly step?: number;
  /** Nothing is known any more of a server that has not complained for so long, in ms. @default 600_000 */
  readonly forgottenMs?: number;
  /** How much may be sent at once after a pause, in ms of the pace. @default 250 */
  readonly burstMs?: number;
}

/** Over which the pace that a server took is measured, in ms; over no less than a second, because servers count by seconds. */
const MEASURED_MS = 5_000;
const SECOND = 1_000;
/** How long a pace is kept before it is raised, in ms. */
const HELD_MS = 5_000;
const SLOWEST = 0.5;

/**
 * The pace that a server bears, found by trying: cut when the server complains, held, raised step by step, forgotten after a long quiet.
 * It is a ledger of turns, so that mails wait for theirs as they do for those of a rate.
 */
export class AdaptivePace implements Pick<RateStore, "reserve"> {
  readonly #options: Required<AdaptivePaceOptions>;
  /** When mails were taken, in the last seconds. */
  readonly #taken: number[] = [];
  #slowedTo: number | undefined;
  #slowedAt = 0;
  #turns = 0;
  #turnsAt = 0;

  constructor(options: AdaptivePaceOptions) {
    this.#options = { slower: 0.75, step: 0.05, forgottenMs: 600_000, burstMs: 250, ...options };
  }

  /** Mails per second, or undefined where there is no pace to keep. */
  get value(): number | undefined {
    const quiet = this.#options.now() - this.#slowedAt;
    if (this.#slowedTo === undefined || quiet >= this.#options.forgottenMs) return undefined;
    return this.#slowedTo * (1 + (this.#options.step * Math.max(0, quiet - HELD_MS)) / SECOND);
  }

  /** Whether a complaint about a mail that was begun then tells anything new: the second that was too fast is over. */
  isNews(startedAt: number): boolean {
    return this.#slowedTo === undefined || startedAt >= this.#slowedAt + SECOND;
  }

  noteTaken(): void {
    const now = this.#options.now();
    this.#taken.push(now);
    // Looked through now and then only.
    if ((this.#taken[0] ?? now) < now - 2 * MEASURED_MS) this.#forgetOld(now);
  }

  /**
   * The server says that mails come too fast. One that has taken none lately says nothing about how fast would do.
   * @param measured how many mails per second it took. Defaults to what `noteTaken` was told
   */
  slowDown(reason: string, measured = this.#measured()): void {
    const now = this.#options.now();
    const current = this.value;
    if (measured === 0 && current === undefined) return;
    const pace = Math.max(
      SLOWEST,
      this.#options.slower * Math.min(current ?? measured, Math.max(measured, SLOWEST)),
    );
    this.#slowedTo = pace;
    this.#slowedAt = now;
    this.#turns = 0;
    this.#turnsAt = now;
    if (current === undefined) this.#options.onPaced({ pace, reason });
  }

  async reserve(_key: string, wanted: number, _rate: Rate): Promise<Reservation> {
    const pace = this.value;
    if (pace === undefined) return { granted: wanted, retryIn: 0 };
    const now = this.#options.now();
    const earned = ((now - this.#turnsAt) * pace) / SECOND;
    this.#turns = Math.min(Math.max(1, (this.#options.burstMs * pace) / SECOND), this.#turns + earned);
    this.#turnsAt = now;
    const granted = Math.min(wanted, Math.floor(this.#turns));
    this.#turns -= granted;
    if (granted === wanted) return { granted, retryIn: 0 };
    return { granted, retryIn: ((1 - this.#turns) * SECOND) / pace };
  }

  #measured(): number {
    const now = this.#options.now();
    this.#forgetOld(now);
    const span = Math.max(SECOND, now - (this.#taken[0] ?? now));
    return (this.#taken.length * SECOND) / span;
  }

  #forgetOld(now: number): void {
    const first = this.#taken.findIndex((at) => at >= now - MEASURED_MS);
    this.#taken.splice(0, first < 0 ? this.#taken.length : first);
  }
}

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
