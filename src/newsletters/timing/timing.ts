import type { SendingWindow } from "../../jobs/newsletter.ts";
import { instantOf } from "./clock-time.ts";
import { openingAt } from "./sending-window.ts";

/** When a newsletter may be sent, as it is stored. A time is an instant, or the time that clocks show where the recipient is. */
export interface Timing {
  readonly at?: string;
  readonly stopBy?: string;
  readonly windows?: readonly SendingWindow[];
  /** The time zone of times and windows that name none, for recipients whose own time zone is not known. */
  readonly timeZone: string;
}

/** What may be done with a chunk now. Times are in ms since 1970. */
export type Turn =
  /** @property until when that changes, if ever */
  | { readonly kind: "open"; readonly until?: number }
  | { readonly kind: "later"; readonly from: number; readonly reason: string }
  /** The time of `stopBy` has come: recipients that are left do not get the mail. */
  | { readonly kind: "over" };

const OPEN: Turn = { kind: "open" };

/** @param zone that of the chunk's recipients, where they have one */
export function turnAt(timing: Timing | undefined, zone: string | undefined, now: number): Turn {
  if (timing === undefined) return OPEN;
  const { at, windows = [], timeZone } = timing;
  const home = zone ?? timeZone;
  const stop = stopOf(timing, zone);
  if (now >= stop) return { kind: "over" };
  const start = Math.max(now, at === undefined ? now : instantOf(at, home));
  const opening = windows.length === 0 ? ALWAYS : openingAt(windows, start, home);
  if (opening === undefined) return { kind: "over" };
  const from = Math.max(start, opening.from);
  const reason = from > start ? "its sending window is closed" : "its time has not come";
  // At the end nobody is sent to, and who is left is told of.
  if (from > now) return { kind: "later", from: Math.min(from, stop), reason };
  const until = Math.min(opening.to, stop);
  return until === Number.POSITIVE_INFINITY ? OPEN : { kind: "open", until };
}

/** The time from which on recipients that are left do not get the mail, in ms since 1970; never when there is no `stopBy`. */
export function stopOf(timing: Timing | undefined, zone: string | undefined): number {
  if (timing?.stopBy === undefined) return Number.POSITIVE_INFINITY;
  return instantOf(timing.stopBy, zone ?? timing.timeZone);
}

/** Whether the newsletter has stopped, wherever its recipients are. */
export function isOverEverywhere(timing: Timing, now: number): boolean {
  return now >= Math.max(stopOf(timing, LAST_ZONE), stopOf(timing, undefined));
}

/**
 * Whether nobody can be sent to any more, as far as that can be told before the audience is read.
 * @param isAnywhere whether recipients may be in other time zones than the newsletter's own
 */
export function isHopeless(timing: Timing, isAnywhere: boolean, now: number): boolean {
  if (timing.stopBy === undefined) return false;
  if (isAnywhere) return isOverEverywhere(timing, now);
  const turn = turnAt(timing, undefined, now);
  return turn.kind === "over" || (turn.kind === "later" && turn.from >= stopOf(timing, undefined));
}

/** Where clocks come last to a time. */
const LAST_ZONE = "Etc/GMT+12";

const ALWAYS = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY } as const;
