import { type FindStylesheet, LinkedStylesheets } from "../css/stylesheets.ts";
import { HtmlTemplate } from "./html-template.ts";
import type { Partials, TemplateEngine } from "./template-engine.ts";
import { isLenient } from "./template-lint.ts";
import type { TemplateFile } from "./template-problem.ts";

export interface HtmlTemplatesOptions {
  readonly engine: TemplateEngine;
  readonly file: (key: string) => TemplateFile;
  /** A new tree of a file; undefined when the file has faults. */
  readonly faultless: (key: string) => hbs.AST.Program | undefined;
  /** The file that a partial renders. */
  readonly keyOf: (partial: Partials[string]) => string;
  readonly find: FindStylesheet;
}

/** One way a mail is made: its template, the layout around it, and what both include. */
export interface Composition {
  readonly key: string;
  readonly layout: string | undefined;
  readonly partials: Partials;
}

/** The html templates of one folder, each prepared at its first use. */
export class HtmlTemplates {
  readonly #options: HtmlTemplatesOptions;
  readonly #made = new Map<Partials, Map<string, HtmlTemplate>>();

  constructor(options: HtmlTemplatesOptions) {
    this.#options = options;
  }

  get(composition: Composition): HtmlTemplate {
    const { key, layout, partials } = composition;
    const made = this.#made.get(partials) ?? new Map<string, HtmlTemplate>();
    this.#made.set(partials, made);
    const id = `${key} ${layout ?? ""}`;
    const template = made.get(id) ?? this.#make(composition);
    made.set(id, template);
    return template;
  }

  #make({ key, layout, partials }: Composition): HtmlTemplate {
    const { engine, file, faultless, keyOf, find } = this.#options;
    const program = engine.parse(file(key));
    return new HtmlTemplate({
      engine,
      key,
      program: layout === undefined ? program : engine.wrap(program, `layouts/${layout}`),
      source: {
        partial: (name) => {
          const partial = Object.hasOwn(partials, name) ? partials[name] : undefined;
          return partial && file(keyOf(partial));
        },
        parse: (included) => faultless(included.key),
        hasHelper: (name) => engine.hasHelper(name),
        givesHtml: (name) => engine.helper(name)?.html === true,
      },
      stylesheets: () => new LinkedStylesheets(find),
      compile: (tree, from) => engine.compile(tree, "html", { strict: !isLenient(file(from).text) }),
    });
  }
}
