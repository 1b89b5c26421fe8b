import { posix } from "node:path";
import { parseFault } from "./parse-fault.ts";
import { embedStylesheets, faultsOfCss, stylesheetFaults } from "./stylesheets.ts";
import type { Format, Partials, Template, TemplateEngine } from "./template-engine.ts";
import { inlineNames, lintTemplate } from "./template-lint.ts";
import { parseKey, partialName, templateKey } from "./template-names.ts";
import { excerptOf, TemplateFault, type TemplateProblem } from "./template-problem.ts";

export interface TemplateSetOptions {
  /** How the folder is called in messages. */
  readonly folder: string;
  /** Every template and stylesheet of the folder, by its path below it. */
  readonly files: ReadonlyMap<string, string>;
  readonly engine: TemplateEngine;
}

export interface FillOptions {
  /** Name of a layout that has this format. */
  readonly layout?: string | undefined;
  readonly locals: Readonly<Record<string, unknown>>;
  /** What templates read as `{{@name}}`. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The templates folder as it was at one moment. Never changes, so each template is compiled once, at its first use. */
export class TemplateSet {
  readonly #folder: string;
  readonly #files: ReadonlyMap<string, string>;
  readonly #engine: TemplateEngine;
  readonly #templates = new Map<string, Template>();
  readonly #partials = new Map<string, Partials>();
  #inlineNames: ReadonlySet<string> | undefined;

  constructor({ folder, files, engine }: TemplateSetOptions) {
    this.#folder = folder;
    this.#files = files;
    this.#engine = engine;
  }

  has(name: string, format: Format): boolean {
    return this.#files.has(templateKey(name, format));
  }

  /** Where the file of a template is, or would be. */
  pathOf(name: string, format: Format): string {
    return posix.join(this.#folder, templateKey(name, format));
  }

  /**
   * Fills a template that is there.
   * @throws TemplateFault where the template, its layout or a partial is broken or misses a value
   */
  fill(name: string, format: Format, { layout, locals, data = {} }: FillOptions): string {
    const key = templateKey(name, format);
    const partials = { ...this.#partialsFor(posix.dirname(key), format) };
    return this.#template(key, format, layout)({ ...locals }, { partials, data: { ...data } });
  }

  /** Everything that is wrong in the folder, without any data. */
  problems(): readonly TemplateProblem[] {
    const problems = [...this.#files.keys()]
      .flatMap((key) => this.#faultsOf(key))
      .map((fault) => this.problemOf(fault));
    // A stylesheet is looked at on its own and with each layout that links to it.
    return [...new Map(problems.map((problem) => [Object.values(problem).join("\n"), problem])).values()];
  }

  problemOf({ key, message, place }: TemplateFault): TemplateProblem {
    const excerpt = excerptOf(this.#files.get(key) ?? "", place);
    return { file: posix.join(this.#folder, key), ...place, message, excerpt };
  }

  #template(key: string, format: Format, layout?: string): Template {
    const id = `${format} ${key} ${layout ?? ""}`;
    const template = this.#templates.get(id) ?? this.#compile(key, format, layout);
    this.#templates.set(id, template);
    return template;
  }

  #compile(key: string, format: Format, layout?: string): Template {
    const { program, faults } = this.#inspect(key, format);
    if (faults[0] !== undefined) throw faults[0];
    if (format === "html") embedStylesheets(program, key, this.#findStylesheet);
    const whole = layout === undefined ? program : this.#engine.wrap(program, `layouts/${layout}`);
    try {
      return this.#engine.compile(whole, format);
    } catch (error) {
      throw parseFault(this.#file(key), error);
    }
  }

  #inspect(key: string, format: Format) {
    const file = this.#file(key);
    const program = this.#engine.parse(file);
    const partials = this.#partialsFor(posix.dirname(key), format);
    const hasPartial = (name: string) => Object.hasOwn(partials, name) || this.#isInlineName(name);
    const hasHelper = (name: string) => this.#engine.hasHelper(name);
    const css = format === "html" ? stylesheetFaults(file, this.#findStylesheet) : [];
    return { program, faults: [...lintTemplate(program, key, { hasHelper, hasPartial }), ...css] };
  }

  #faultsOf(key: string): readonly TemplateFault[] {
    const named = parseKey(key);
    if (named === undefined) return faultsOfCss(this.#file(key));
    if (named.format === undefined && partialName(named.name) === undefined) return [neverUsed(key)];
    const format = named.format ?? "html";
    try {
      const { faults } = this.#inspect(key, format);
      if (faults.length === 0) this.#template(key, format);
      return faults;
    } catch (error) {
      return [error instanceof TemplateFault ? error : parseFault(this.#file(key), error)];
    }
  }

  /** What templates in a folder may include: the partials next to them go before all others. */
  #partialsFor(folder: string, format: Format): Partials {
    const id = `${format} ${folder}`;
    const partials = this.#partials.get(id) ?? this.#collectPartials(folder, format);
    this.#partials.set(id, partials);
    return partials;
  }

  #collectPartials(folder: string, format: Format): Partials {
    const shared: Record<string, Partials[string]> = {};
    const near: typeof shared = {};
    for (const key of this.#files.keys()) {
      const named = parseKey(key);
      const name = named && partialName(named.name);
      if (named === undefined || name === undefined || (named.format ?? format) !== format) continue;
      if (named.format === undefined && this.has(named.name, format)) continue;
      const partial: Partials[string] = (context, options) =>
        this.#template(key, format)(context as object, options);
      shared[name] = partial;
      if (posix.dirname(key) === folder) near[posix.basename(name)] = partial;
    }
    return { ...shared, ...near };
  }

  #isInlineName(name: string): boolean {
    this.#inlineNames ??= new Set([...this.#files.keys()].flatMap((key) => this.#inlineNamesOf(key)));
    return this.#inlineNames.has(name);
  }

  #inlineNamesOf(key: string): readonly string[] {
    if (parseKey(key) === undefined) return [];
    try {
      return inlineNames(this.#engine.parse(this.#file(key)));
    } catch {
      // A file that does not parse is reported on its own; it names no blocks.
      return [];
    }
  }

  readonly #findStylesheet = (key: string): string | undefined =>
    key.endsWith(".css") ? this.#files.get(key) : undefined;

  #file(key: string) {
    return { key, text: this.#files.get(key) ?? "" };
  }
}

function neverUsed(key: string): TemplateFault {
  const message = "this file is never used: end its name in .html.hbs, .text.hbs or .subject.hbs";
  return new TemplateFault(message, key, { line: 1, column: 1 });
}
