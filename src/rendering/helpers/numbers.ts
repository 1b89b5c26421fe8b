import { z } from "zod";
import { memoize } from "../../memoize.ts";
import { formatters } from "./formatters.ts";
import { helper } from "./helper.ts";

const numberFormat = formatters((locale, options) => new Intl.NumberFormat(locale, options));

const amount = z.union([z.number(), z.bigint()], "expected a number");
const digits = z.int().min(0).max(20);

const common = {
  minimumFractionDigits: digits.optional(),
  maximumFractionDigits: digits.optional(),
  signDisplay: z.enum(["auto", "always", "never", "exceptZero", "negative"]).optional(),
  notation: z.enum(["standard", "compact", "scientific", "engineering"]).optional(),
};

const numberOptions = z.strictObject({
  ...common,
  style: z.enum(["decimal", "percent", "unit"]).optional(),
  unit: z.string().optional(),
  unitDisplay: z.enum(["short", "narrow", "long"]).optional(),
});

/** `{{number 1234.5 maximumFractionDigits=1}}`, with the options of `Intl.NumberFormat`, in the mail's locale. */
export const number = helper(
  { args: z.tuple([amount]), named: numberOptions },
  ({ args: [value], named, locale }) => formatNumber(value, locale, named),
);

const currencyOptions = z.strictObject({
  ...common,
  currencyDisplay: z.enum(["symbol", "narrowSymbol", "code", "name"]).optional(),
  /** The amount is in the currency's smallest unit, as payment services give it: 1999 is 19.99 EUR, and 1999 JPY. */
  minor: z.boolean().default(false),
});

/** `{{currency 19.99 "EUR"}}` or `{{currency 1999 "EUR" minor=true}}`, in the mail's locale. */
export const currency = helper(
  {
    args: z.tuple([amount, z.string().regex(/^[A-Za-z]{3}$/, "expected a currency code such as EUR")]),
    named: currencyOptions,
  },
  ({ args: [value, code], named: { minor, ...options }, locale }) => {
    const formatter = numberFormat(locale, { style: "currency", currency: code, ...options });
    return formatter.format(minor ? inMajorUnits(value, code) : value);
  },
);

export function formatNumber(value: number | bigint, locale: string, options: object = {}): string {
  return numberFormat(locale, options).format(value);
}

/** How many digits a currency has behind the point. */
const minorDigits = memoize(
  (currency) =>
    numberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2,
);

function inMajorUnits(value: number | bigint, currency: string): number {
  return Number(value) / 10 ** minorDigits(currency);
}
