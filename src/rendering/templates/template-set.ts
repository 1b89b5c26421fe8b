import { posix } from "node:path";
import { embedStylesheets } from "../css/stylesheets.ts";
import { Catalogues } from "../languages/catalogues.ts";
import type { MailContext, TemplateContext } from "../mail-context.ts";
import { encodedPrograms } from "../prepared/encoded-program.ts";
import { type Fill, HtmlTemplates } from "./html-template.ts";
import { parseFault } from "./parse-fault.ts";
import { partialFault } from "./partial-fault.ts";
import { PartialTable } from "./partial-table.ts";
import { TemplateCheck } from "./template-check.ts";
import { type Partials, partialOf, type Template, type TemplateEngine } from "./template-engine.ts";
import { type Format, TemplateFiles, templateKey } from "./template-files.ts";
import { TemplateInspector } from "./template-inspector.ts";
import { isLenient } from "./template-lint.ts";

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
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

interface Run extends FillOptions {
  /** The file of the mail itself. */
  readonly key: string;
  readonly format: Format;
}

/** A filled html template. */
export interface FilledHtml {
  /** With its styles inlined. */
  readonly html: () => string;
  /** Made from the html. */
  readonly text: () => string;
  /** The html in quoted-printable; undefined where only `html` gives it. */
  readonly encodedHtml: () => string | undefined;
  /** The text in quoted-printable. */
  readonly encodedText: () => string;
  /** @throws TemplateFault where one of them is not what making it anew gives */
  readonly verify: () => void;
}

/** The templates folder as it was at one moment. Never changes, so each template is compiled once, at its first use. */
export class TemplateSet {
  readonly files: TemplateFiles;
  readonly catalogues: Catalogues;
  readonly check: TemplateCheck;
  readonly #engine: TemplateEngine;
  readonly #templates = new Map<string, Template>();
  /** Those of text that give it in quoted-printable; undefined where there is none that does. */
  readonly #encoded = new Map<string, Template | undefined>();
  readonly #partials: PartialTable;
  readonly #encodedPartials: PartialTable;
  readonly #inspector: TemplateInspector;
  readonly #html: HtmlTemplates;

  constructor({ folder, files: texts, engine, defaultLocale }: TemplateSetOptions) {
    const files = new TemplateFiles(folder, texts);
    const catalogues = new Catalogues(texts, defaultLocale);
    const partials = new PartialTable({
      keys: files.keys(),
      render: (key, format) => (context, options) => this.#template(key, format)(context as object, options),
    });
    const encodedPartials = new PartialTable({
      keys: files.keys(),
      render: (key, format) => (context, options) => this.#encodedPartial(key, format, context, options),
    });
    const inspector = new TemplateInspector({ files, engine, partials, defaultLocale });
    const html = new HtmlTemplates({
      engine,
      file: (key) => files.file(key),
      faultless: (key) => inspector.faultless(key),
      keyOf: (partial) => partials.keyOf(partial),
      find: files.findStylesheet,
    });
    const compile = (key: string, format: Format) => void this.#template(key, format);
    this.files = files;
    this.catalogues = catalogues;
    this.check = new TemplateCheck({ files, engine, catalogues, inspector, html, compile });
    this.#engine = engine;
    this.#partials = partials;
    this.#encodedPartials = encodedPartials;
    this.#inspector = inspector;
    this.#html = html;
  }

  /** The languages that templates, layouts, partials or catalogues are written in. */
  tags(): readonly string[] {
    return [...new Set([...this.files.tags(), ...this.catalogues.tags()])];
  }

  /**
   * Fills a template that is there.
   * @throws TemplateFault where the template, its layout or a partial is broken or misses a value
   */
  fill(name: string, format: Format, options: FillOptions): string {
    const key = templateKey(name, format);
    const partials = this.#partials.for({ folder: posix.dirname(key), format, tags: options.tags });
    const template = this.#template(key, format, options.layout);
    return this.#run(template, partials, { ...options, key, format });
  }

  /**
   * The same in quoted-printable, of a text template.
   * @returns undefined where only what `fill` gives can be encoded
   */
  fillEncoded(name: string, options: FillOptions): string | undefined {
    const key = templateKey(name, "text");
    const template = this.#encodedTemplate(key, "text", options.layout);
    if (template === undefined) return undefined;
    const including = { folder: posix.dirname(key), format: "text", tags: options.tags } as const;
    const partials = this.#encodedPartials.for(including);
    return this.#engine.printing.encode(() =>
      this.#run(template, partials, { ...options, key, format: "text" }),
    );
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
    const run = { ...options, key, format: "html" } as const;
    const fill: Fill = (other = whole, others = partials) => this.#run(other, others, run);
    let made: string | undefined;
    const inlined = () => {
      made ??= template.html(fill);
      return made;
    };
    return {
      html: inlined,
      text: () => template.text(fill, inlined),
      encodedHtml: () => template.encodedHtml(fill),
      encodedText: () => template.encodedText(fill, inlined),
      verify: () => template.verify(fill),
    };
  }

  readonly #isLenient = (file: string): boolean => isLenient(this.files.file(file).text);

  #run(template: Template, partials: Partials, { key, format, locals, mail, data = {} }: Run): string {
    const context: TemplateContext = { mail, format, isLenient: this.#isLenient };
    try {
      return this.#engine.run(
        template,
        { ...locals },
        { partials, data: { ...mail.data(), ...data, context } },
      );
    } catch (error) {
      throw partialFault(error, this.files.file(key));
    }
  }

  #template(key: string, format: Format, layout?: string): Template {
    const id = `${format} ${key} ${layout ?? ""}`;
    const template = this.#templates.get(id) ?? this.#compile(key, format, layout);
    this.#templates.set(id, template);
    return template;
  }

  #encodedTemplate(key: string, format: Format, layout?: string): Template | undefined {
    const id = `${format} ${key} ${layout ?? ""}`;
    if (!this.#encoded.has(id)) this.#encoded.set(id, this.#compile(key, format, layout, true));
    return this.#encoded.get(id);
  }

  #encodedPartial(key: string, format: Format, context: unknown, options?: object): string {
    const template = this.#encodedTemplate(key, format);
    if (template) return partialOf(template)(context, options);
    this.#engine.printing.doubt();
    return "";
  }

  #compile(key: string, format: Format, layout?: string): Template;
  #compile(key: string, format: Format, layout: string | undefined, isEncoded: true): Template | undefined;
  #compile(key: string, format: Format, layout?: string, isEncoded = false): Template | undefined {
    const { program, faults } = this.#inspector.inspect(key, format);
    if (faults[0] !== undefined) throw faults[0];
    if (format === "html") embedStylesheets(program, key, this.files.findStylesheet);
    const wrapped = layout === undefined ? program : this.#engine.wrap(program, `layouts/${layout}`);
    const [whole] = isEncoded ? (encodedPrograms([wrapped]) ?? []) : [wrapped];
    if (whole === undefined) return undefined;
    try {
      return this.#engine.compile(whole, format, { strict: !isLenient(this.files.file(key).text) });
    } catch (error) {
      throw parseFault(this.files.file(key), error);
    }
  }
}
