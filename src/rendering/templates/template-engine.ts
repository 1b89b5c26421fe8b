import Handlebars from "handlebars";
import type { Helper } from "../helpers/helper.ts";
import { STANDARD_HELPERS } from "../helpers/standard-helpers.ts";
import { readOwnPropertiesOnly, refuseMissingArgument } from "../own-properties.ts";
import { Printing } from "../printing.ts";
import { InvertedBlocks } from "./inverted-blocks.ts";
import { parseFault } from "./parse-fault.ts";
import { printWithPlaces } from "./print-places.ts";
import type { Format } from "./template-files.ts";
import { allHelpers, type Helpers, handlebarsHelper } from "./template-helpers.ts";
import type { TemplateFile } from "./template-problem.ts";
import { type RunTemplate, templateRunner } from "./template-runtime.ts";

export type Partials = Readonly<Record<string, (context: unknown, options?: object) => string>>;

export type Template = Handlebars.TemplateDelegate<object>;

/** A template as others include it. */
export function partialOf(template: Template): Partials[string] {
  return (context, options) => template(context as object, options);
}

/** Handlebars in an environment of its own, set up so that data can never act as template or reach a prototype. */
export class TemplateEngine {
  readonly #handlebars = Handlebars.create();
  readonly #helpers: Helpers;
  /** Runs what `compile` gave. */
  readonly run: RunTemplate;
  /** How values are printed into html. */
  readonly printing = new Printing();

  /**
   * @param helpers the application's own
   * @throws ConfigurationError when one takes a name that is not free
   */
  constructor(helpers: Helpers = {}) {
    this.#handlebars.unregisterHelper("log");
    parseOnce(this.#handlebars);
    printWithPlaces(this.#handlebars);
    readOwnPropertiesOnly(this.#handlebars, this.printing);
    refuseMissingArgument(this.#handlebars, "each");
    refuseMissingArgument(this.#handlebars, "with");
    this.#helpers = allHelpers(helpers, Object.keys(this.#handlebars.helpers));
    for (const [name, helper] of Object.entries(this.#helpers))
      this.#handlebars.registerHelper(name, handlebarsHelper(name, helper));
    this.run = templateRunner(this.#handlebars);
  }

  hasHelper(name: string): boolean {
    return Object.hasOwn(this.#handlebars.helpers, name);
  }

  get helperNames(): readonly string[] {
    return Object.keys(this.#handlebars.helpers).filter((name) => /^\w+$/.test(name));
  }

  /** Whether it is a helper of this library, and not one that the application put in its place. */
  isStandard(name: string): boolean {
    const helper = this.helper(name);
    return helper !== undefined && Object.values(STANDARD_HELPERS).includes(helper);
  }

  /** The library's and the application's helper of a name; none for the words of Handlebars itself. */
  helper(name: string): Helper | undefined {
    return Object.hasOwn(this.#helpers, name) ? this.#helpers[name] : undefined;
  }

  /** Whether calls of this name ask for a text of the catalogues. */
  isTranslation(name: string): boolean {
    return this.helper(name) === STANDARD_HELPERS.t || this.helper(name) === STANDARD_HELPERS.tHtml;
  }

  /** @throws TemplateFault */
  parse(file: TemplateFile): hbs.AST.Program {
    try {
      const program = this.#handlebars.parse(file.text, { srcName: file.key });
      new InvertedBlocks(file, (name) => this.hasHelper(name)).accept(program);
      return program;
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
  compile(program: hbs.AST.Program, format: Format, { strict }: { readonly strict: boolean }): Template {
    const options = { strict, plain: format !== "html", preventIndent: true };
    this.#handlebars.precompile(program, options);
    return this.#handlebars.compile<object>(program, options);
  }
}

/**
 * Handlebars would strip white space once more off a tree that it is given to compile. Where texts have moved since it was parsed,
 * that takes away what belongs to the mail.
 */
function parseOnce(handlebars: typeof Handlebars): void {
  const { parse } = handlebars;
  handlebars.parse = (input: string | hbs.AST.Program, options) =>
    typeof input === "string" ? parse(input, options) : input;
}
