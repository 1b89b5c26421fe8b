import { remembered } from "../remembered.ts";

/** Scripts that are written from right to left. */
const RIGHT_TO_LEFT = new Set([
  "Adlm",
  "Arab",
  "Hebr",
  "Mand",
  "Nkoo",
  "Rohg",
  "Samr",
  "Syrc",
  "Thaa",
  "Yezi",
]);

/** A name that ends in a language tag: `user-mailer/welcome.de-AT`. */
const TAGGED = /^(.*[^/.])\.([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)$/;

/**
 * A locale and what it is cut down to when nothing is there for it (RFC 4647 section 3.4).
 * @example ownTags("zh-Hant-TW") // ["zh-Hant-TW", "zh-Hant", "zh"]
 */
export const ownTags = remembered((locale): readonly string[] => {
  const parts = new Intl.Locale(locale).baseName.split("-");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("-"));
});

/** Where to look for a mail's language, best first: its own, then the default's. */
export function fallbackTags(locale: string, defaultLocale: string): readonly string[] {
  return [...new Set([...ownTags(locale), ...ownTags(defaultLocale)])];
}

export const directionOf = remembered((locale): "ltr" | "rtl" =>
  RIGHT_TO_LEFT.has(new Intl.Locale(locale).maximize().script ?? "") ? "rtl" : "ltr",
);

/** The template's name in a language: `user-mailer/welcome.de`, or as it is for no language. */
export function taggedName(name: string, tag: string | undefined): string {
  return tag === undefined ? name : `${name}.${tag}`;
}

/** The name of a template without its language, and the language. */
export function splitTag(name: string): { readonly name: string; readonly tag: string | undefined } {
  const [, bare, tag] = TAGGED.exec(name) ?? [];
  return bare === undefined ? { name, tag: undefined } : { name: bare, tag };
}
