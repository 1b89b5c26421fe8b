import { memoize } from "../../memoize.ts";
import { formatNumber } from "../helpers/numbers.ts";
import { parseKey } from "../templates/template-files.ts";
import type { Texts } from "./catalogue-parser.ts";
import { splitTag } from "./languages.ts";

const PLACEHOLDER = /\{(\w+)\}/g;

/** What `Intl.PluralRules` may say, and exact numbers: "=0". */
const PLURAL_FORM = /^(zero|one|two|few|many|other|=\d+)$/;

const pluralRules = memoize((locale) => new Intl.PluralRules(locale));

/** A text, or its forms by number. */
export type Message = string | Texts;

export interface MessageValues {
  readonly values: Readonly<Record<string, unknown>>;
  /** The language the message is in, which decides its plural form. */
  readonly locale: string;
  readonly encode?: ((text: string) => string) | undefined;
}

/**
 * A key that begins with a dot belongs to the template it stands in.
 * @example absoluteKey(".title", "user-mailer/welcome.de.html.hbs") // "user-mailer.welcome.title"
 */
export function absoluteKey(key: string, template: string): string {
  if (!key.startsWith(".")) return key;
  const { name } = splitTag(parseKey(template)?.name ?? template);
  return `${name.replace(/(^|\/)_/g, "$1").replaceAll("/", ".")}${key}`;
}

/** A text and not a group of texts. */
export function isMessage(found: string | Texts | undefined): found is Message {
  if (found === undefined || typeof found === "string") return found !== undefined;
  return found.has("other") && [...found].every(([form, text]) => PLURAL_FORM.test(form) && isText(text));
}

/** @throws Error when the count or a placeholder's value is missing */
export function formatMessage(message: Message, { values, locale, encode = same }: MessageValues): string {
  const text = typeof message === "string" ? message : pluralForm(message, values.count, locale);
  return text.replace(PLACEHOLDER, (_, name: string) => encode(shown(name, values, locale)));
}

/** What a call must give for a message: its placeholders, and the count that chooses a form. */
export function valuesNeeded(message: Message): readonly string[] {
  const texts = typeof message === "string" ? [message] : [...message.values()].filter(isText);
  const names = texts.flatMap((text) => Array.from(text.matchAll(PLACEHOLDER), ([, name = ""]) => name));
  return [...new Set(typeof message === "string" ? names : ["count", ...names])];
}

/** The forms that whole numbers have in a language and a message has not. One with `other` alone says that it has no forms. */
export function formsMissing(message: Message, locale: string): readonly string[] {
  if (typeof message === "string") return [];
  if ([...message.keys()].every((form) => form === "other" || form.startsWith("="))) return [];
  return pluralForms(locale).filter((form) => !message.has(form));
}

/** Some forms are for fractions or millions alone, which hardly a text is about. */
const pluralForms = memoize((locale): readonly string[] => {
  const rules = pluralRules(locale);
  return [...new Set(Array.from({ length: 201 }, (_, number) => rules.select(number)))];
});

function pluralForm(forms: Texts, count: unknown, locale: string): string {
  if (typeof count !== "number") throw new Error("it has plural forms, and needs count=<a number>");
  const rule = pluralRules(locale).select(count);
  return [forms.get(`=${count}`), forms.get(rule), forms.get("other")].find(isText) ?? "";
}

function shown(name: string, values: Readonly<Record<string, unknown>>, locale: string): string {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number" && !Number.isFinite(value))
    throw new Error(`{${name}} is ${value}, which is no number`);
  if (typeof value === "number" || typeof value === "bigint") return formatNumber(value, locale);
  if (value === null) return "";
  if (value === undefined) throw new Error(`{${name}} has no value: give ${name}=...`);
  throw new Error(`{${name}} must be a text or a number; format a date with (date ...)`);
}

function isText(value: string | Texts | undefined): value is string {
  return typeof value === "string";
}

function same(text: string): string {
  return text;
}
