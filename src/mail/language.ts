import { memoize } from "../memoize.ts";

/** Whom a mail is made for: the language it is in, and the clock its times are told by. */
export interface Localization {
  /** A BCP 47 language tag: "de", "de-AT", "pt-BR". Defaults to the configuration's. */
  readonly locale?: string | undefined;
  /** An IANA time zone: "Europe/Vienna". Defaults to the configuration's. */
  readonly timeZone?: string | undefined;
}

/** What is wrong with a locale or time zone from outside; undefined is fine, and means the default. */
export function localizationProblems({ locale, timeZone }: { [K in keyof Localization]: unknown }) {
  const problems: string[] = [];
  if (locale !== undefined && !isLocale(locale))
    problems.push(`locale: ${shown(locale)} is not a language tag such as "de" or "de-AT"`);
  if (timeZone !== undefined && !isTimeZone(timeZone))
    problems.push(`timeZone: ${shown(timeZone)} is not a time zone such as "Europe/Vienna"`);
  return problems as readonly string[];
}

export function isLocale(value: unknown): value is string {
  return typeof value === "string" && isKnownLocale(value);
}

export function isTimeZone(value: unknown): value is string {
  return typeof value === "string" && isKnownTimeZone(value);
}

const isKnownLocale = memoize((value) => works(() => Intl.getCanonicalLocales(value)));

const isKnownTimeZone = memoize((timeZone) => works(() => new Intl.DateTimeFormat("en", { timeZone })));

function works(use: () => unknown): boolean {
  try {
    use();
    return true;
  } catch {
    return false;
  }
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 40);
}
