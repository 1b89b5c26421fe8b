import Handlebars from "handlebars";
import { nearestName } from "../../errors/nearest-name.ts";
import { parseKey, partialName } from "./template-files.ts";
import { TemplateFault } from "./template-problem.ts";

/** Names a template may never read, whatever the data holds: they lead to prototypes. */
const FORBIDDEN = new Set(["prototype", ...Object.getOwnPropertyNames(Object.prototype)]);

export interface LintOptions {
  readonly hasHelper: (name: string) => boolean;
  /** Of all helpers, for those who mistype one. */
  readonly helperNames: () => readonly string[];
  readonly hasPartial: (name: string) => boolean;
  /** What is wrong with a call of a helper that is there. */
  readonly problemsOfCall: (call: HelperCallInTemplate) => readonly string[];
}

/** A call as it is written; a value that only data will give is `UNFIXED`. */
export interface HelperCallInTemplate {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly named: Readonly<Record<string, unknown>>;
}

export const UNFIXED = Symbol("a value that is known only when a mail is made");

/** First thing in a template: values that are missing print nothing instead of being an error. */
const LENIENT = /^\s*\{\{!(--)?\s*strict: off\s*(--)?\}\}/;

export function isLenient(template: string): boolean {
  return LENIENT.test(template);
}

/** Finds what a template that parses will fail at, before any data is there. */
export function lintTemplate(
  program: hbs.AST.Program,
  key: string,
  options: LintOptions,
): readonly TemplateFault[] {
  const visitor = new LintVisitor(key, options);
  visitor.accept(program);
  return visitor.faults;
}

/** The names a template gives to blocks with `{{#*inline "name"}}`. */
export function inlineNames(program: hbs.AST.Program): readonly string[] {
  const visitor = new InlineVisitor();
  visitor.accept(program);
  return visitor.names;
}

type Call = Pick<hbs.AST.MustacheStatement, "path" | "params" | "hash" | "loc">;

class LintVisitor extends Handlebars.Visitor {
  readonly faults: TemplateFault[] = [];
  readonly #key: string;
  readonly #options: LintOptions;
  /** How many of them are around what is visited. */
  #inlineBlocks = 0;

  constructor(key: string, options: LintOptions) {
    super();
    this.#key = key;
    this.#options = options;
  }

  override PathExpression(path: hbs.AST.PathExpression): void {
    const forbidden = path.parts.find((part) => FORBIDDEN.has(part));
    if (forbidden !== undefined) this.#add(path.loc, `"${forbidden}" cannot be read in a template`);
  }

  override CommentStatement({ value, loc }: hbs.AST.CommentStatement): void {
    const first = loc.start.line === 1 && loc.start.column === 0;
    if (/^\s*strict:/.test(value) && !(first && /^\s*strict: off\s*$/.test(value)))
      this.#add(loc, "the switch is {{!-- strict: off --}}, as the first thing in the file");
  }

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    this.#checkHelper(mustache);
    super.MustacheStatement(mustache);
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    this.#checkHelper(block);
    super.BlockStatement(block);
  }

  override SubExpression(expression: hbs.AST.SubExpression): void {
    this.#checkHelper(expression, { always: true });
    super.SubExpression(expression);
  }

  override Decorator(decorator: hbs.AST.Decorator): void {
    this.#add(decorator.loc, `there is no decorator ${JSON.stringify(nameOf(decorator.path))}`);
  }

  override DecoratorBlock(block: hbs.AST.DecoratorBlock): void {
    const name = nameOf(block.path);
    if (name !== "inline") this.#add(block.loc, `there is no decorator ${JSON.stringify(name)}`);
    this.#inlineBlocks += 1;
    super.DecoratorBlock(block);
    this.#inlineBlocks -= 1;
  }

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    const name =
      partial.name.type === "PathExpression" ? (partial.name as hbs.AST.PathExpression).original : undefined;
    if (name === "@partial-block") this.#checkPartialBlock(partial);
    else if (name !== undefined && !this.#options.hasPartial(name))
      this.#add(partial.loc, `there is no partial "${name}"`);
    super.PartialStatement(partial);
  }

  /** A block of a mail that the layout shows may hold what the layout would have shown. */
  #checkPartialBlock({ loc }: hbs.AST.PartialStatement): void {
    const isIncluded = partialName(parseKey(this.#key)?.name ?? "") !== undefined;
    if (!isIncluded && this.#inlineBlocks === 0)
      this.#add(loc, "only layouts and partials have a {{> @partial-block}}");
  }

  /** Only a call with arguments must be a helper; without any it may be a variable. */
  #checkHelper({ path, params, hash, loc }: Call, { always = false } = {}): void {
    if (path.type !== "PathExpression" || (!always && params.length === 0 && hash === undefined)) return;
    const name = (path as hbs.AST.PathExpression).original;
    if (!this.#options.hasHelper(name)) {
      this.#add(loc, noHelper(name, this.#options.helperNames()));
      return;
    }
    const named = Object.fromEntries((hash?.pairs ?? []).map(({ key, value }) => [key, fixedValue(value)]));
    const problems = this.#options.problemsOfCall({ name, args: params.map(fixedValue), named });
    for (const problem of problems) this.#add(loc, problem);
  }

  #add({ start }: hbs.AST.SourceLocation, message: string): void {
    this.faults.push(new TemplateFault(message, this.#key, { line: start.line, column: start.column + 1 }));
  }
}

function noHelper(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  const hint =
    meant === undefined
      ? "; helpers of your own are made by helper() and given to configure({ helpers })"
      : `; did you mean ${meant}?`;
  return `there is no helper "${name}"${hint}`;
}

function nameOf(path: hbs.AST.Expression): string {
  return path.type === "PathExpression" ? (path as hbs.AST.PathExpression).original : "";
}

function fixedValue(expression: hbs.AST.Expression): unknown {
  const { type } = expression;
  if (type === "StringLiteral" || type === "NumberLiteral" || type === "BooleanLiteral")
    return (expression as hbs.AST.StringLiteral | hbs.AST.NumberLiteral | hbs.AST.BooleanLiteral).value;
  if (type === "NullLiteral") return null;
  return UNFIXED;
}

class InlineVisitor extends Handlebars.Visitor {
  readonly names: string[] = [];

  override DecoratorBlock(block: hbs.AST.DecoratorBlock): void {
    const [name] = block.params;
    if (block.path.original === "inline" && name?.type === "StringLiteral")
      this.names.push((name as hbs.AST.StringLiteral).value);
    super.DecoratorBlock(block);
  }
}
