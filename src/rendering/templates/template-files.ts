import { posix } from "node:path";
import type { TemplateProblem } from "../../errors/errors.ts";
import { splitTag, taggedName } from "../languages/languages.ts";
import type { Format } from "./template-names.ts";
import { parseKey, templateKey } from "./template-names.ts";
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
