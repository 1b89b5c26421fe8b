import { posix } from "node:path";
import { Catalogues } from "./catalogues.ts";
import { CLIPPED_OVER, clippedBytes, inKilobytes } from "./clipping.ts";
import { problemsOfCall } from "./helper-call-problems.ts";
import type { Fill } from "./html-template.ts";
import { HtmlTemplates } from "./html-templates.ts";
import { fallbackTags, splitTag, taggedName } from "./languages.ts";
import type { MailContext, TemplateContext } from "./mail-context.ts";
import { parseFault } from "./parse-fault.ts";
import { PartialTable } from "./partial-table.ts";
import { embedStylesheets, faultsOfCss, stylesheetFaults } from "./stylesheets.ts";
import type { Format, Partials, Template, TemplateEngine } from "./template-engine.ts";
import { inlineNames, isLenient, type LintOptions, lintTemplate } from "./template-lint.ts";
import { parseKey, partialName, templateKey } from "./template-names.ts";
import { excerptOf, TemplateFault, type TemplateProblem } from "./template-problem.ts";

export interface TemplateSetOptions {
  /** How the folder is called in messages. */
  readonly folder: string;
  /** Every template and stylesheet of the folder, by its path below it. */
  readonly files: ReadonlyMap<string, string>;
  readonly engine: TemplateEngine;
  /** The language of templates and catalogues that are there for no other. */
  readonly defaultLocale: string;
}

export interface FillOptions {
  /** Name of a layout that has this format in one of the languages. */
  readonly layout?: string | undefined;
  /** The languages to take partials and layouts in, best first. */
  readonly tags: readonly string[];
  readonly locals: Readonly<Record<string, unknown>>;
  readonly mail: MailContext;
  /** What templates read as `{{@name}}`. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A filled html template. */
export interface FilledHtml {
  /** With its styles inlined. */
  readonly html: () => string;
  /** Made from the html. */
  readonly text: () => string;
}

/** The templates folder as it was at one moment. Never changes, so each template is compiled once, at its first use. */
export class TemplateSet {
  readonly #folder: string;
  readonly #files: ReadonlyMap<string, string>;
  readonly #engine: TemplateEngine;
  readonly #templates = new Map<string, Template>();
  readonly #partials: PartialTable;
  readonly #defaultLocale: string;
  readonly #html: HtmlTemplates;
  #inlineNames: ReadonlySet<string> | undefined;
  readonly catalogues: Catalogues;

  constructor({ folder, files, engine, defaultLocale }: TemplateSetOptions) {
    this.#folder = folder;
    this.#files = files;
    this.#engine = engine;
    this.#defaultLocale = defaultLocale;
    this.catalogues = new Catalogues(files, defaultLocale);
    this.#partials = new PartialTable({
      keys: [...files.keys()],
      render: (key, format) => (context, options) => this.#template(key, format)(context as object, options),
    });
    this.#html = new HtmlTemplates({
      engine,
      file: (key) => this.#file(key),
      faultless: (key) => this.#faultless(key),
      keyOf: (partial) => this.#partials.keyOf(partial),
      find: this.#findStylesheet,
    });
  }

  has(name: string, format: Format): boolean {
    return this.#files.has(templateKey(name, format));
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

  /**
   * Fills a template that is there.
   * @throws TemplateFault where the template, its layout or a partial is broken or misses a value
   */
  fill(name: string, format: Format, options: FillOptions): string {
    const key = templateKey(name, format);
    const partials = this.#partials.for({ folder: posix.dirname(key), format, tags: options.tags });
    return this.#run(this.#template(key, format, options.layout), partials, format, options);
  }

  /**
   * Fills an html template that is there, and makes the text that says the same where it is asked for.
   * @throws TemplateFault as `fill` does
   */
  fillHtml(name: string, options: FillOptions): FilledHtml {
    const { layout, tags } = options;
    const key = templateKey(name, "html");
    const whole = this.#template(key, "html", layout);
    const partials = this.#partials.for({ folder: posix.dirname(key), format: "html", tags });
    const template = this.#html.get({ key, layout, partials });
    const fill: Fill = (other = whole, others = partials) => this.#run(other, others, "html", options);
    return { html: () => template.html(fill), text: () => template.text(fill) };
  }

  #run(template: Template, partials: Partials, format: Format, { locals, mail, data = {} }: FillOptions) {
    const context: TemplateContext = { mail, format, isLenient: (file) => isLenient(this.#file(file).text) };
    return template({ ...locals }, { partials: { ...partials }, data: { ...mail.data(), ...data, context } });
  }

  /**
   * Where styles are inlined for every message, and why, and which mails are longer than Gmail shows: each mail alone and with
   * each layout.
   */
  advice(): readonly TemplateProblem[] {
    const keys = [...this.#files.keys()].filter((key) => parseKey(key)?.format === "html");
    const layouts = keys.flatMap((key) => /^layouts\/(.+)\.html\.hbs$/.exec(key)?.[1] ?? []);
    return unique(
      keys
        .filter((key) => partialName(parseKey(key)?.name ?? "") === undefined && this.#faultless(key))
        .flatMap((key) => [undefined, ...layouts].flatMap((layout) => this.#adviceOn(key, layout)))
        .map((path) => this.problemOf(path)),
    );
  }

  #adviceOn(key: string, layout: string | undefined): readonly TemplateFault[] {
    const tags = fallbackTags(tagOf(key) ?? this.#defaultLocale, this.#defaultLocale);
    const partials = this.#partials.for({ folder: posix.dirname(key), format: "html", tags });
    const { reasons, fixedHtml } = this.#html.get({ key, layout, partials });
    const bytes = clippedBytes(fixedHtml);
    if (bytes === undefined) return reasons;
    const within = layout === undefined ? "" : ` in layouts/${layout}`;
    const message = `the html${within} is ${inKilobytes(bytes)} before values are filled in, and Gmail shows ${inKilobytes(CLIPPED_OVER)}`;
    return [...reasons, new TemplateFault(message, key, { line: 1, column: 1 })];
  }

  #faultless(key: string): hbs.AST.Program | undefined {
    try {
      const { program, faults } = this.#inspect(key, "html", () => []);
      return faults.length === 0 ? program : undefined;
    } catch {
      // Whoever includes the file reports it, where data leads there.
      return undefined;
    }
  }

  /** Everything that is wrong in the folder, without any data. */
  problems(): readonly TemplateProblem[] {
    const problems = [...this.#files.keys()]
      .flatMap((key) => this.#faultsOf(key))
      .concat(this.catalogues.faults())
      .map((fault) => this.problemOf(fault));
    return unique(problems);
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
    const { program, faults } = this.#inspect(key, format, () => []);
    if (faults[0] !== undefined) throw faults[0];
    if (format === "html") embedStylesheets(program, key, this.#findStylesheet);
    const whole = layout === undefined ? program : this.#engine.wrap(program, `layouts/${layout}`);
    try {
      return this.#engine.compile(whole, format, { strict: !isLenient(this.#file(key).text) });
    } catch (error) {
      throw parseFault(this.#file(key), error);
    }
  }

  /** @param problemsOfCall not asked when a mail is made: a text that German lacks must not stop an English mail */
  #inspect(key: string, format: Format, problemsOfCall: LintOptions["problemsOfCall"]) {
    const file = this.#file(key);
    const program = this.#engine.parse(file);
    const tags = fallbackTags(tagOf(key) ?? this.#defaultLocale, this.#defaultLocale);
    const partials = this.#partials.for({ folder: posix.dirname(key), format, tags });
    const hasPartial = (name: string) => Object.hasOwn(partials, name) || this.#isInlineName(name);
    const hasHelper = (name: string) => this.#engine.hasHelper(name);
    const css = format === "html" ? stylesheetFaults(file, this.#findStylesheet) : [];
    return {
      program,
      faults: [...lintTemplate(program, key, { hasHelper, hasPartial, problemsOfCall }), ...css],
    };
  }

  #faultsOf(key: string): readonly TemplateFault[] {
    if (key.endsWith(".json")) return [];
    const named = parseKey(key);
    if (named === undefined) return faultsOfCss(this.#file(key));
    if (named.format === undefined && partialName(named.name) === undefined) return [neverUsed(key)];
    const format = named.format ?? "html";
    const { catalogues } = this;
    const surroundings = { engine: this.#engine, catalogues, key, tag: tagOf(key) };
    try {
      const { faults } = this.#inspect(key, format, (call) => problemsOfCall(call, surroundings));
      if (faults.length === 0) this.#template(key, format);
      return faults;
    } catch (error) {
      return [error instanceof TemplateFault ? error : parseFault(this.#file(key), error)];
    }
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

/** A stylesheet is looked at on its own and with each layout that links to it. */
function unique(problems: readonly TemplateProblem[]): readonly TemplateProblem[] {
  return [...new Map(problems.map((problem) => [Object.values(problem).join("\n"), problem])).values()];
}

/** The language a template is for. */
function tagOf(key: string): string | undefined {
  return splitTag(parseKey(key)?.name ?? "").tag;
}

function neverUsed(key: string): TemplateFault {
  const message = "this file is never used: end its name in .html.hbs, .text.hbs or .subject.hbs";
  return new TemplateFault(message, key, { line: 1, column: 1 });
}
