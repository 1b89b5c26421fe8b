import Handlebars from "handlebars";
import { TemplateFault } from "./template-problem.ts";

/** Names a template may never read, whatever the data holds: they lead to prototypes. */
const FORBIDDEN = new Set(["prototype", ...Object.getOwnPropertyNames(Object.prototype)]);

export interface LintOptions {
  readonly hasHelper: (name: string) => boolean;
  readonly hasPartial: (name: string) => boolean;
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

  constructor(key: string, options: LintOptions) {
    super();
    this.#key = key;
    this.#options = options;
  }

  override PathExpression(path: hbs.AST.PathExpression): void {
    const forbidden = path.parts.find((part) => FORBIDDEN.has(part));
    if (forbidden !== undefined) this.#add(path.loc, `"${forbidden}" cannot be read in a template`);
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

  override PartialStatement(partial: hbs.AST.PartialStatement): void {
    const name =
      partial.name.type === "PathExpression" ? (partial.name as hbs.AST.PathExpression).original : undefined;
    if (name !== undefined && name !== "@partial-block" && !this.#options.hasPartial(name))
      this.#add(partial.loc, `there is no partial "${name}"`);
    super.PartialStatement(partial);
  }

  /** Only a call with arguments must be a helper; without any it may be a variable. */
  #checkHelper({ path, params, hash, loc }: Call, { always = false } = {}): void {
    if (path.type !== "PathExpression" || (!always && params.length === 0 && hash === undefined)) return;
    const name = (path as hbs.AST.PathExpression).original;
    if (!this.#options.hasHelper(name)) this.#add(loc, `there is no helper "${name}"`);
  }

  #add({ start }: hbs.AST.SourceLocation, message: string): void {
    this.faults.push(new TemplateFault(message, this.#key, { line: start.line, column: start.column + 1 }));
  }
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
