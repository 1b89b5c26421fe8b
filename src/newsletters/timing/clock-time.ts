import { Temporal } from "temporal-polyfill";

/** `09:00`, up to `24:00`, which is the end of the day. */
export const CLOCK_TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

/**
 * When a clock in a time zone shows this, in ms since 1970. A time that clocks leave out when they go forward is the first instant after
 * the gap; one that comes twice when they go back is the first of the two.
 */
export function instantOfClock(clock: Temporal.PlainDateTime, timeZone: string): number {
  const first = clock.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  if (first.toPlainDateTime().equals(clock)) return first.epochMilliseconds;
  return (first.getTimeZoneTransition("next") ?? first).epochMilliseconds;
}

/** Of a day and `HH:MM`. */
export function instantOfDay(day: Temporal.PlainDate, time: string, timeZone: string): number {
  if (time === "24:00") return instantOfClock(day.add({ days: 1 }).toPlainDateTime(), timeZone);
  return instantOfClock(day.toPlainDateTime(Temporal.PlainTime.from(time)), timeZone);
}

/** The day that it is somewhere. @param at in ms since 1970 */
export function dayAt(at: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
}

/** After the time of day: a date has hyphens of its own. */
const OFFSET = /^[^T ]*[T ].*(?:Z|[+-]\d\d)/i;

/** Whether it is a time that can be read: an instant, as `2026-12-01T08:00:00Z`, or what clocks show, as `2026-12-01T09:00`. */
export function isTime(text: string): boolean {
  try {
    instantOf(text, "UTC");
    return true;
  } catch {
    return false;
  }
}

/**
 * @param text an instant, or what clocks in the time zone show, or in the one that it names, as `2026-12-01T09:00[Europe/Berlin]`
 * @returns ms since 1970
 * @throws RangeError also when its offset is not that of the time zone that it names
 */
export function instantOf(text: string, timeZone: string): number {
  const [time = ""] = text.split("[");
  const named = time === text ? undefined : Temporal.ZonedDateTime.from(text);
  // `PlainDateTime` would leave an offset and a time zone out without a word.
  if (OFFSET.test(time)) return (named ?? Temporal.Instant.from(text)).epochMilliseconds;
  return instantOfClock(Temporal.PlainDateTime.from(time), named?.timeZoneId ?? timeZone);
}
