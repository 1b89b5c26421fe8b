import { isLocale } from "../../mail/language.ts";
import { TemplateFault, type TemplateFile } from "../templates/template-problem.ts";
import { parseCatalogue, type Texts } from "./catalogue-parser.ts";
import { fallbackTags, ownTags } from "./languages.ts";
import { formatMessage, formsMissing, isMessage, type Message, valuesNeeded } from "./translation.ts";

const CATALOGUE = /^locales\/([^/]+)\.json$/;

/** A call of `t` in a template whose key is fixed. */
export interface FixedTranslation {
  readonly key: string;
  readonly given: readonly string[];
  /** The language of the template; undefined for one that serves all languages. */
  readonly tag: string | undefined;
}

interface FoundText {
  readonly message: Message;
  /** The language of the catalogue it is in. */
  readonly tag: string;
}

/** The texts of `locales/*.json`, each file read at its first use, so that a broken one stops only mails that need it. */
export class Catalogues {
  readonly #files: ReadonlyMap<string, TemplateFile>;
  readonly #texts = new Map<string, Texts>();
  readonly #defaultLocale: string;

  constructor(files: ReadonlyMap<string, string>, defaultLocale: string) {
    const named = [...files].map(([key, text]) => [CATALOGUE.exec(key)?.[1] ?? "", { key, text }] as const);
    this.#files = new Map(named.filter(([tag]) => tag !== ""));
    this.#defaultLocale = defaultLocale;
  }

  /** The languages that have a catalogue. */
  tags(): readonly string[] {
    return [...this.#files.keys()].filter(isLocale);
  }

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** Whether there is a catalogue of exactly this language. */
  has(tag: string): boolean {
    return this.#files.has(tag);
  }

  /** Whether a mail in this locale finds a text for the key. @throws TemplateFault */
  hasText(key: string, locale: string): boolean {
    return this.#find(key, fallbackTags(locale, this.#defaultLocale)) !== undefined;
  }

  /**
   * @throws TemplateFault where a catalogue is broken
   * @throws Error when no catalogue has the text, or a placeholder has no value
   */
  translate(
    key: string,
    locale: string,
    values: Readonly<Record<string, unknown>>,
    encode?: (text: string) => string,
  ): string {
    const tags = fallbackTags(locale, this.#defaultLocale);
    const found = this.#find(key, tags);
    if (found !== undefined) return formatMessage(found.message, { values, locale: found.tag, encode });
    throw new Error(`no text for "${key}" in ${tags.map(pathOf).join(", ")}`);
  }

  /** What is wrong with the files themselves. */
  faults(): readonly TemplateFault[] {
    return [...this.#files].flatMap(([tag, file]) => faultsOf(tag, file));
  }

  /** What will be missing in the mails of some language when a template asks for this. */
  problemsOf(call: FixedTranslation): readonly string[] {
    const languages = call.tag === undefined ? [...this.#files.keys(), this.#defaultLocale] : [call.tag];
    try {
      const found = [...new Set(languages)].map((tag) => [tag, this.#find(call.key, ownTags(tag))] as const);
      const missing = found.filter(([tag, text]) => text === undefined && !this.#hasWider(tag));
      const lacking = found.flatMap(([, text]) => (text === undefined ? [] : lack(text, call)));
      const where = missing.map(([tag]) => pathOf(tag)).join(", ");
      return [...(where === "" ? [] : [`no text for "${call.key}" in ${where}`]), ...new Set(lacking)];
    } catch {
      // A broken catalogue is reported on its own.
      return [];
    }
  }

  /** Whether the catalogue of a wider language answers for what this one lacks. */
  #hasWider(tag: string): boolean {
    return ownTags(tag).some((wider) => wider !== tag && this.has(wider));
  }

  #find(key: string, tags: readonly string[]): FoundText | undefined {
    for (const tag of tags) {
      const found = key.split(".").reduce<string | Texts | undefined>(step, this.#textsOf(tag));
      if (isMessage(found)) return { message: found, tag };
    }
    return undefined;
  }

  #textsOf(tag: string): Texts | undefined {
    const file = this.#files.get(tag);
    if (file === undefined) return undefined;
    const texts = this.#texts.get(tag) ?? parseCatalogue(file);
    this.#texts.set(tag, texts);
    return texts;
  }
}

function step(texts: string | Texts | undefined, name: string): string | Texts | undefined {
  return typeof texts === "object" ? texts.get(name) : undefined;
}

function lack({ tag, message }: FoundText, { key, given }: FixedTranslation): readonly string[] {
  const missing = valuesNeeded(message).filter((name) => !given.includes(name));
  const forms = formsMissing(message, tag).join(", ");
  return [
    ...missing.map((name) => `"${key}" in ${pathOf(tag)} needs ${name}=..., which is not given here`),
    ...(forms === "" ? [] : [`"${key}" in ${pathOf(tag)} has no plural form for: ${forms}`]),
  ];
}

function faultsOf(tag: string, file: TemplateFile): readonly TemplateFault[] {
  const start = { line: 1, column: 1 };
  if (!isLocale(tag) || ownTags(tag)[0] !== tag)
    return [new TemplateFault(`"${tag}" is not a language tag such as "de" or "de-AT"`, file.key, start)];
  try {
    parseCatalogue(file);
    return [];
  } catch (error) {
    return [error instanceof TemplateFault ? error : new TemplateFault(String(error), file.key, start)];
  }
}

function pathOf(tag: string): string {
  return `locales/${tag}.json`;
}
