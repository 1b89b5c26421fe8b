import { InvalidMailError } from "../../errors/errors.ts";
import { type Localization, localizationProblems } from "../../mail/language.ts";
import type { MailDefaults, MailSpec } from "../../mail/mail.ts";
import { memoize } from "../../memoize.ts";
import type { TemplateSet } from "../templates/template-set.ts";
import { fallbackTags, ownTags, taggedName } from "./languages.ts";

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
