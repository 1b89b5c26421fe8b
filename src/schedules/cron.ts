import { Cron } from "croner";
import { errorMessage } from "../errors/error-message.ts";
import { InvalidOptionsError } from "../errors/errors.ts";
import { nearestName } from "../errors/nearest-name.ts";
import { isTimeZone } from "../mail/language.ts";

/**
 * The times of a cron expression in a time zone. On the day clocks go forward a time that does not exist is the first instant after the
 * gap; on the day they go back a time that comes twice is the first of the two. What runs every hour or minute runs in each real one.
 */
export class CronTimes {
  readonly #cron: Cron;

  /** @throws InvalidOptionsError when expression or time zone cannot be read, or no time ever comes */
  constructor(where: string, expression: string, timeZone: string) {
    if (!isTimeZone(timeZone)) throw new InvalidOptionsError(where, [noTimeZone(timeZone)]);
    try {
      this.#cron = new Cron(expression, { timezone: timeZone });
      if (this.#cron.nextRun() === null) throw new TypeError(`"${expression}" never comes`);
    } catch (error) {
      throw new InvalidOptionsError(
        where,
        [
          `the cron expression "${expression}" cannot be used: ${headOf(error)}. Write minute, hour, day, month and weekday, such as "0 9 * * MON"`,
        ],
        {
          cause: error,
        },
      );
    }
  }

  /** The first time after this one. */
  next(after: Date): Date | undefined {
    return this.#cron.nextRun(after) ?? undefined;
  }

  /** All times after one and not after another, in order. */
  *between(after: Date, until: Date): Generator<Date> {
    for (let time = this.next(after); time && time <= until; time = this.next(time)) yield time;
  }
}

function noTimeZone(timeZone: string): string {
  const meant = nearestName(timeZone, Intl.supportedValuesOf("timeZone"));
  const hint = meant === undefined ? 'such as "Europe/Berlin"' : `did you mean ${meant}?`;
  return `timeZone: there is no time zone "${timeZone}"; it is an IANA name, ${hint}`;
}

function headOf(error: unknown): string {
  const text = errorMessage(error);
  return text.replace(/^Cron\w+: /, "").split(" Original error:")[0] ?? text;
}
