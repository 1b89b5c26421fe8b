import { z } from "zod";
import { isTimeZone } from "../../mail/language.ts";
import { formatters } from "./formatters.ts";
import { helper } from "./helper.ts";

const dateFormat = formatters((locale, options) => new Intl.DateTimeFormat(locale, options));

const style = z.enum(["short", "medium", "long", "full"]).optional();
const digits = z.enum(["numeric", "2-digit"]).optional();
const word = z.enum(["long", "short", "narrow"]).optional();

const dateOptions = z.strictObject({
  dateStyle: style,
  timeStyle: style,
  weekday: word,
  era: word,
  year: digits,
  month: z.enum(["numeric", "2-digit", "long", "short", "narrow"]).optional(),
  day: digits,
  hour: digits,
  minute: digits,
  second: digits,
  hour12: z.boolean().optional(),
  timeZoneName: z
    .enum(["short", "long", "shortOffset", "longOffset", "shortGeneric", "longGeneric"])
    .optional(),
  timeZone: z.string().refine(isTimeZone, 'expected a time zone such as "Europe/Vienna"').optional(),
});

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/i;

const when = z.union(
  [z.date(), z.number(), z.string().regex(new RegExp(`${DAY.source}|${MOMENT.source}`, "i"))],
  "expected a Date, a time in ms, a day such as 2026-03-01, or an ISO 8601 time that ends in Z or an offset",
);

/**
 * `{{date order.paidAt}}`, `{{date starts dateStyle="full" timeStyle="short"}}`, with the options of `Intl.DateTimeFormat`, in the
 * mail's locale and time zone. A day without a time (2026-03-01) is that day everywhere.
 */
export const date = helper(
  { args: z.tuple([when]), named: dateOptions },
  ({ args: [value], named, locale, timeZone }) => {
    const zone = typeof value === "string" && DAY.test(value) ? "UTC" : (named.timeZone ?? timeZone);
    const parts = Object.keys(named).some((name) => name !== "timeZone" && name !== "hour12");
    const options = { ...(!parts && { dateStyle: "long" }), ...named, timeZone: zone };
    return dateFormat(locale, options).format(new Date(value));
  },
);
