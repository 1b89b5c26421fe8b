import Handlebars from "handlebars";
import { readOwnPropertiesOnly, refuseMissingArgument } from "./own-properties.ts";
import { parseFault } from "./parse-fault.ts";
import type { TemplateFile } from "./template-problem.ts";

/** html is escaped; text and subject are not. */
export type Format = "html" | "text" | "subject";

export type Partials = Readonly<Record<string, (context: unknown, options?: object) => string>>;

export type Template = Handlebars.TemplateDelegate<object>;

/** Handlebars in an environment of its own, set up so that data can never act as template or reach a prototype. */
export class TemplateEngine {
  readonly #handlebars = Handlebars.create();

  constructor() {
    this.#handlebars.unregisterHelper("log");
    readOwnPropertiesOnly(this.#handlebars);
    refuseMissingArgument(this.#handlebars, "each");
    refuseMissingArgument(this.#handlebars, "with");
  }

  hasHelper(name: string): boolean {
    return Object.hasOwn(this.#handlebars.helpers, name);
  }

  /** @throws TemplateFault */
  parse(file: TemplateFile): hbs.AST.Program {
    try {
      return this.#handlebars.parse(file.text, { srcName: file.key });
    } catch (error) {
      throw parseFault(file, error);
    }
  }

  /** Puts a program where `layout` has `{{> @partial-block}}`; named blocks in it replace those of the layout. */
  wrap(program: hbs.AST.Program, layout: string): hbs.AST.Program {
    const wrapper = this.#handlebars.parse(`{{#> ${layout}}}{{/${layout}}}`);
    const [block] = wrapper.body;
    if (block === undefined) throw new Error(`The layout name "${layout}" does not parse.`);
    Object.assign(block, { program });
    return wrapper;
  }

  /** @throws what the compiler throws for programs that parse and still make no sense */
  compile(program: hbs.AST.Program, format: Format): Template {
    const options = { strict: true, noEscape: format !== "html", preventIndent: true };
    this.#handlebars.precompile(program, options);
    return this.#handlebars.compile<object>(program, options);
  }
}
