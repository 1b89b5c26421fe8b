import { memoize } from "../../memoize.ts";

/**
 * Makes each `Intl` object once for a locale and its options.
 * @returns a function that throws RangeError for options that `Intl` does not take
 */
export function formatters<F>(make: (locale: string, options: object) => F) {
  const made = memoize((key) => {
    const [locale, options] = JSON.parse(key) as [string, object];
    return make(locale, options);
  });
  return (locale: string, options: object): F => made(JSON.stringify([locale, options]));
}
