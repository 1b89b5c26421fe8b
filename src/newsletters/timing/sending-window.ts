import type { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { SendingWindow } from "../../jobs/newsletter.ts";
import { isTimeZone } from "../../mail/language.ts";
import { CLOCK_TIME, dayAt, instantOfDay } from "./clock-time.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export const timeZone = z.string().refine(isTimeZone, 'must be a time zone such as "Europe/Vienna"');
const clockTime = z.string().regex(CLOCK_TIME, 'must be a time such as "09:00"');

export const sendingWindow = z
  .strictObject({
    days: z.array(z.enum(DAYS)).min(1).optional(),
    from: clockTime,
    to: clockTime,
    timeZone: timeZone.optional(),
  })
  .refine(({ from, to }) => from !== to && from !== "24:00", "from and to must be different times of a day");

/** From when on, in ms since 1970, and up to when, which is not in it. */
export interface Opening {
  readonly from: number;
  readonly to: number;
}

/** The furthest that is looked for an opening, in days: a week, and another for a window that the change of clocks swallows. */
const FURTHEST_DAYS = 15;

/**
 * The first time at or after `at` at which one of the windows is open, or is open already. Windows that overlap or touch are open together.
 * @param home the time zone of windows that name none
 */
export function openingAt(windows: readonly SendingWindow[], at: number, home: string): Opening | undefined {
  const openings = windows
    .flatMap((window) => [...openingsOf(window, at, window.timeZone ?? home)])
    .sort((a, b) => a.from - b.from);
  const [first, ...rest] = openings;
  if (first === undefined) return undefined;
  let { to } = first;
  for (const next of rest) if (next.from <= to) to = Math.max(to, next.to);
  return { from: first.from, to };
}

/** The openings of one window that end after a time. A window that ends before it begins goes on over midnight; its day is that of its begin. */
function* openingsOf({ days = DAYS, from, to }: SendingWindow, at: number, zone: string): Generator<Opening> {
  const today = dayAt(at, zone);
  for (let ahead = -1; ahead <= FURTHEST_DAYS; ahead++) {
    const day = today.add({ days: ahead });
    if (!days.includes(nameOf(day))) continue;
    const opens = instantOfDay(day, from, zone);
    const closes = instantOfDay(to > from ? day : day.add({ days: 1 }), to, zone);
    if (closes > at && closes > opens) yield { from: opens, to: closes };
  }
}

function nameOf({ dayOfWeek }: Temporal.PlainDate): (typeof DAYS)[number] {
  return DAYS[dayOfWeek - 1] ?? "mon";
}
