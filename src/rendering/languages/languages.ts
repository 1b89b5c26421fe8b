import { memoize } from "../../memoize.ts";

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

/** Languages that are written in two scripts: which one a region writes is no question of taste. */
const IN_TWO_SCRIPTS = new Set(["az", "bs", "pa", "sr", "uz", "yue", "zh"]);

/** Norwegian is asked for by one name and stored under another. */
const ALSO_CALLED: Readonly<Record<string, string>> = { nb: "no", nn: "no", no: "nb" };

/**
 * A locale and what it is cut down to when nothing is there for it (RFC 4647 section 3.4), with its script where that matters.
 * @example ownTags("de-AT") // ["de-AT", "de"]; ownTags("zh-TW") // ["zh-TW", "zh-Hant-TW", "zh-Hant", "zh"]
 */
export const ownTags = memoize((locale): readonly string[] => {
  const { baseName, language, script, region } = new Intl.Locale(locale);
  const scripted = IN_TWO_SCRIPTS.has(language) && script === undefined && withScript(language, region);
  const tags = [...cutDown(baseName).slice(0, -1), ...(scripted ? cutDown(scripted) : [language])];
  const other = ALSO_CALLED[language];
  return [...new Set(other === undefined ? tags : [...tags, other])];
});

function cutDown(tag: string): readonly string[] {
  const parts = tag.split("-");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("-"));
}

function withScript(language: string, region: string | undefined): string {
  const { script } = new Intl.Locale(region === undefined ? language : `${language}-${region}`).maximize();
  return [language, script, region].filter((part) => part !== undefined).join("-");
}

/** Where to look for a mail's language, best first: its own, then the default's. */
export function fallbackTags(locale: string, defaultLocale: string): readonly string[] {
  return bothTags(`${locale} ${defaultLocale}`);
}

const bothTags = memoize((locales): readonly string[] => [
  ...new Set(locales.split(" ").flatMap((locale) => ownTags(locale))),
]);

export const directionOf = memoize((locale): "ltr" | "rtl" =>
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
