import { posix } from "node:path";
import type { TemplateProblem } from "../../errors/errors.ts";
import type { MailDefaults, MailSpec } from "../../mail/mail.ts";
import { memoize } from "../../memoize.ts";
import type { PartFormat } from "../helpers/helper.ts";
import { splitTag, taggedName } from "../languages/languages.ts";
import { excerptOf, type TemplateFault, type TemplateFile } from "./template-problem.ts";

/** The files of the templates folder, as they were at one moment. */
export class TemplateFiles {
  readonly #folder: string;
  readonly #texts: ReadonlyMap<string, string>;

  /**
   * @param folder how the folder is called in messages
   * @param texts every template, stylesheet and catalogue, by its path below the folder
   */
  constructor(folder: string, texts: ReadonlyMap<string, string>) {
    this.#folder = folder;
    this.#texts = texts;
  }

  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  keys(): readonly string[] {
    return [...this.#texts.keys()];
  }

  /** The languages that some of them are written in. */
  tags(): readonly string[] {
    return this.keys().flatMap((key) => tagOf(key) ?? []);
  }

  /** Empty when it is not there. */
  file(key: string): TemplateFile {
    return { key, text: this.#texts.get(key) ?? "" };
  }

  has(name: string, format: Format): boolean {
    return this.#texts.has(templateKey(name, format));
  }

  /** The name a template has in the best of these languages that it is written in, or in none. */
  nameIn(tags: readonly string[], name: string, format: Format): string | undefined {
    return [...tags, undefined]
      .map((tag) => taggedName(name, tag))
      .find((tagged) => this.has(tagged, format));
  }

  /** Where the file of a template is, or would be. */
  pathOf(name: string, format: Format): string {
    return posix.join(this.#folder, templateKey(name, format));
  }

  problemOf({ key, message, place }: TemplateFault): TemplateProblem {
    const excerpt = excerptOf(this.file(key).text, place);
    return { file: posix.join(this.#folder, key), ...place, message, excerpt };
  }

  readonly findStylesheet = (key: string): string | undefined =>
    key.endsWith(".css") ? this.#texts.get(key) : undefined;
}

/** The language a template is for. */
export function tagOf(key: string): string | undefined {
  return splitTag(parseKey(key)?.name ?? "").tag;
}

export type Format = PartFormat;

/**
 * How names in code are spelled in file names.
 * @example kebabCase("UserMailer") === "user-mailer"; kebabCase("sendHTMLReport") === "send-html-report"
 */
export const kebabCase = memoize((name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/(?<=[A-Z])(?=[A-Z][a-z])/g, "-")
    .toLowerCase(),
);

/** The key of a template or layout: "user-mailer/welcome" as html is "user-mailer/welcome.html.hbs". */
export function templateKey(name: string, format: Format): string {
  return `${name}.${format}.hbs`;
}

/** The name a template's file is addressed by and the format it is for; both formats when its name has none. */
export interface NamedFile {
  readonly name: string;
  readonly format: Format | undefined;
}

const NAMED = /^(.+?)(?:\.(html|text|subject))?\.hbs$/;

export function parseKey(key: string): NamedFile | undefined {
  const [, name, format] = NAMED.exec(key) ?? [];
  return name === undefined ? undefined : { name, format: format as Format | undefined };
}

/**
 * The name others include a file by, if it is one to include: `partials/button` is `button`, `user-mailer/_row` is
 * `user-mailer/row`, and a layout is itself, so that layouts nest.
 */
export function partialName(name: string): string | undefined {
  if (name.startsWith("partials/")) return name.slice("partials/".length);
  if (name.startsWith("layouts/")) return name;
  const match = /^(.*\/)?_([^/]+)$/.exec(name);
  return match === null ? undefined : `${match[1] ?? ""}${match[2]}`;
}

export interface MailOfAction {
  readonly spec: MailSpec;
  readonly defaults: MailDefaults;
  readonly mailer: string;
  readonly action: string;
}

/** The template of a mail: "user-mailer/welcome" of UserMailer.welcome, where neither mail nor mailer names another. */
export function templateNameOf({ spec, defaults, mailer, action }: MailOfAction): string {
  return spec.template ?? defaults.template ?? `${kebabCase(mailer)}/${kebabCase(action)}`;
}

/** What the templates of a mail see. */
export function localsOf(spec: MailSpec, defaults: MailDefaults): Readonly<Record<string, unknown>> {
  return { ...defaults.locals, ...spec.locals };
}
