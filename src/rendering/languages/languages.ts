import { InvalidMailError } from "../../errors/errors.ts";
import { type Localization, localizationProblems } from "../../mail/language.ts";
import type { MailDefaults, MailSpec } from "../../mail/mail.ts";
import { memoize } from "../../memoize.ts";
import type { TemplateSet } from "../templates/template-set.ts";

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

/** In which language a mail is asked for. */
export interface MailLanguage {
  readonly locale: string;
  readonly timeZone: string;
  /** Where to look for it, best first. */
  readonly tags: readonly string[];
  readonly defaultLocale: string;
}

/** Which form of a mail's templates is taken, and in which language the mail then is. */
export interface ChosenForm {
  /** The template's name with its language: `user-mailer/welcome.de`. Its parts are all taken from this form. */
  readonly name: string;
  /** The language it is written in. */
  readonly lang: string;
  /** For texts and `Intl`: what was asked for, unless the form is in another language, so that no mail is in two. */
  readonly locale: string;
}

/**
 * What the mail says goes before what the call was given with `.with({ ... })`, that before the mailer's defaults.
 * @throws InvalidMailError
 */
export function languageOf(
  spec: MailSpec,
  defaults: MailDefaults,
  given: { [K in keyof Localization]: unknown },
  fallback: Required<Localization>,
): MailLanguage {
  const locale = spec.locale ?? given.locale ?? defaults.locale ?? fallback.locale ?? "en";
  const timeZone = spec.timeZone ?? given.timeZone ?? defaults.timeZone ?? fallback.timeZone ?? "UTC";
  const problems = localizationProblems({ locale, timeZone });
  if (problems.length > 0)
    throw new InvalidMailError(`The mail's language is not usable: ${problems.join("; ")}.`);
  const defaultLocale = fallback.locale ?? "en";
  const asked = canonical(String(locale));
  return {
    locale: asked,
    timeZone: String(timeZone),
    tags: fallbackTags(asked, defaultLocale),
    defaultLocale,
  };
}

const canonical = memoize((locale) => Intl.getCanonicalLocales(locale)[0] ?? locale);

/** The form of a template in the best language it has a body in; undefined where it has none. */
export function chooseForm(
  templates: TemplateSet,
  name: string,
  language: MailLanguage,
): ChosenForm | undefined {
  const { locale, tags, defaultLocale } = language;
  const isThere = (tag: string | undefined) =>
    templates.files.has(taggedName(name, tag), "html") || templates.files.has(taggedName(name, tag), "text");
  const tag = tags.find(isThere);
  if (tag !== undefined) {
    const isAsked = ownTags(locale).includes(tag);
    return { name: taggedName(name, tag), lang: tag, locale: isAsked ? locale : defaultLocale };
  }
  if (!isThere(undefined)) return undefined;
  // A template for all languages speaks the one its texts are found in, and tells dates and numbers in it.
  const { catalogues } = templates;
  const spoken = tags.find((each) => catalogues.has(each) || ownTags(defaultLocale).includes(each));
  const isAsked = catalogues.isEmpty || (spoken !== undefined && ownTags(locale).includes(spoken));
  return { name, lang: spoken ?? defaultLocale, locale: isAsked ? locale : defaultLocale };
}
