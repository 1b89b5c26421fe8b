const DAY_MS = 86_400_000;
/** No day is longer, whatever the clocks are put back by, in ms. */
const LONGEST_DAY_MS = 27 * 3_600_000;

/** Calendar days in one time zone. */
export class Days {
  readonly #format: Intl.DateTimeFormat;

  /** @param timeZone such as "Europe/Vienna" */
  constructor(timeZone: string) {
    // The one locale whose dates are written as in ISO 8601.
    this.#format = new Intl.DateTimeFormat("en-CA", {
      timeZone,
      ...{ year: "numeric", month: "2-digit", day: "2-digit" },
    });
  }

  /** "2026-11-30". @param time in ms since 1970 */
  of(time: number): string {
    return this.#format.format(time);
  }

  /** When the day after that time begins, in ms since 1970. */
  next(time: number): number {
    const today = this.of(time);
    let [before, after] = [time, time + LONGEST_DAY_MS];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.of(middle) === today) before = middle;
      else after = middle;
    }
    return after;
  }
}

/** How many days the second is after the first; less than 0 where it is before. */
export function daysBetween(first: string, second: string): number {
  return Math.round((Date.parse(second) - Date.parse(first)) / DAY_MS);
}
