import type { TemplateFile } from "../templates/template-problem.ts";
import { type Origin, originOf, type Piece, textPart } from "./piece.ts";
import { SlowPath, type SlowPattern } from "./slow-path.ts";

/** What the expansion of a template asks of the folder it is in. */
export interface TemplateSource {
  /** The file a mail's templates include by a name. */
  readonly partial: (name: string) => TemplateFile | undefined;
  /** @returns a tree nobody else has; undefined for a file with faults */
  readonly parse: (file: TemplateFile) => hbs.AST.Program | undefined;
  readonly hasHelper: (name: string) => boolean;
  readonly givesHtml: (name: string) => boolean;
}

/** An included template: a tree of its own for every place that includes it. */
export interface Site {
  readonly name: string;
  readonly key: string;
  readonly program: hbs.AST.Program;
}

/** A template with everything it includes, as one row of pieces. */
export interface Expansion {
  readonly pieces: readonly Piece[];
  readonly sites: readonly Site[];
  readonly reasons: readonly SlowPath[];
}

interface Scope {
  readonly key: string;
  /** What `{{#*inline}}` named, as seen from here. */
  readonly inlines: ReadonlyMap<string, Scoped>;
  readonly partialBlock: Scoped | undefined;
  /** Whether this is part of an inline block; what names mean there depends on who runs it. */
  readonly inInline: boolean;
  /** The files that include this one. */
  readonly chain: readonly string[];
}

interface Scoped {
  readonly program: hbs.AST.Program;
  readonly scope: Scope;
}

/** Partials that include one another in ever new ways would never end. */
const MOST_SITES = 1000;

const BRANCHES = new Set(["if", "unless", "each", "with"]);

/** Puts everything a template includes in its place. Calls of files are renamed in the tree, to the site that serves each. */
export function expandTemplate(program: hbs.AST.Program, key: string, source: TemplateSource): Expansion {
  const expander = new Expander(source);
  expander.run(program, key);
  return expander;
}

class Expander implements Expansion {
  readonly pieces: Piece[] = [];
  readonly sites: Site[] = [];
  readonly reasons: SlowPath[] = [];
  readonly #source: TemplateSource;
  readonly #named = new Map<string, hbs.AST.DecoratorBlock>();
  /** Calls of files that were renamed. A block that runs in two places brings the same call, which then serves both. */
  readonly #renamed = new Map<hbs.AST.PartialBlockStatement, Renamed>();
  /** Names that were taken for no inline block, or used inside one; files that run inside themselves. */
  readonly #doubtful = new Map<string, Origin>();
  readonly #nested: Origin[] = [];
  readonly #running: string[] = [];

  constructor(source: TemplateSource) {
    this.#source = source;
  }

  run(program: hbs.AST.Program, key: string): void {
    const empty = { inlines: new Map(), partialBlock: undefined, inInline: false };
    this.#program(program, { key, ...empty, chain: [key] });
    for (const [name, origin] of this.#doubtful)
      if (this.#named.has(name)) this.#slow("block-scope", origin, `"${name}"`);
    // Handlebars forgets the named blocks of a file once that file ran inside itself.
    if (this.#named.size > 0) for (const origin of this.#nested) this.#slow("block-scope", origin);
  }

  #program(program: hbs.AST.Program, outer: Scope): void {
    const scope = this.#withInlines(program, outer);
    for (const statement of program.body) this.#statement(statement, scope);
  }

  #statement(statement: hbs.AST.Statement, scope: Scope): void {
    const { type } = statement;
    if (type === "ContentStatement") this.#text(statement as hbs.AST.ContentStatement, scope);
    else if (type === "MustacheStatement") this.#value(statement as hbs.AST.MustacheStatement, scope);
    else if (type === "BlockStatement") this.#block(statement as hbs.AST.BlockStatement, scope);
    else if (type === "PartialStatement" || type === "PartialBlockStatement")
      this.#partial(statement as hbs.AST.PartialBlockStatement, scope);
    else if (type !== "CommentStatement" && type !== "DecoratorBlock")
      this.#slow("decorator", originOf(scope.key, statement.loc));
  }

  #text(node: hbs.AST.ContentStatement, { key }: Scope): void {
    const last = this.pieces.at(-1);
    if (last?.kind === "text") last.parts.push(textPart(node, key, last.parts));
    else this.pieces.push({ kind: "text", parts: [textPart(node, key)] });
  }

  #value({ path, escaped, loc }: hbs.AST.MustacheStatement, { key }: Scope): void {
    const html = this.#source.givesHtml(nameOf(path) ?? "");
    if (html) this.#slow("html-helper", originOf(key, loc), nameOf(path));
    this.pieces.push({ kind: "value", ...originOf(key, loc), raw: html || !escaped });
  }

  #block({ path, program, inverse, loc }: hbs.AST.BlockStatement, scope: Scope): void {
    const name = nameOf(path);
    if (name === undefined || (this.#source.hasHelper(name) && !BRANCHES.has(name)))
      this.#slow("block-helper", originOf(scope.key, loc));
    // Handlebars leaves out the half that is not written, whatever its types say.
    for (const branch of [program, inverse] as readonly (hbs.AST.Program | undefined)[]) {
      if (branch === undefined || branch === null) continue;
      this.pieces.push({ kind: "branch", ...originOf(scope.key, loc) });
      this.#program(branch, scope);
      this.pieces.push({ kind: "end", ...originOf(scope.key, loc) });
    }
  }

  #partial(call: hbs.AST.PartialBlockStatement, scope: Scope): void {
    const origin = originOf(scope.key, call.loc);
    const name = this.#renamed.get(call)?.name ?? nameOf(call.name);
    const block = call.program as hbs.AST.Program | undefined;
    this.pieces.push({ kind: "include", ...origin });
    if (name === undefined) this.#slow("dynamic-partial", origin);
    else if (name === "@partial-block") this.#partialBlock(block, origin, scope);
    else this.#include({ name, call, block, origin, scope });
    this.pieces.push({ kind: "include", ...origin });
  }

  #partialBlock(fallback: hbs.AST.Program | undefined, origin: Origin, scope: Scope): void {
    const { partialBlock, inInline } = scope;
    if (partialBlock === undefined || inInline || fallback) this.#slow("block-scope", origin);
    else this.#program(partialBlock.program, partialBlock.scope);
  }

  #include(call: Call): void {
    const { name, scope, origin, block } = call;
    const inline = scope.inlines.get(name);
    if (inline === undefined || scope.inInline) this.#doubtful.set(name, origin);
    const file = inline === undefined ? this.#source.partial(name) : undefined;
    if (inline !== undefined) this.#program(inline.program, { ...inline.scope, inInline: true });
    else if (file !== undefined) this.#file(file, call);
    else if (block !== undefined) this.#program(block, scope);
    else this.#slow("dynamic-partial", origin);
  }

  #file(file: TemplateFile, call: Call): void {
    const { origin, scope } = call;
    const endless = scope.chain.includes(file.key) || this.sites.length >= MOST_SITES;
    const site = endless ? undefined : (this.#renamed.get(call.call)?.site ?? this.#newSite(file, call));
    if (site === undefined) this.#slow(endless ? "recursion" : "faulty-file", origin);
    else this.#site(file, site, call);
  }

  #newSite(file: TemplateFile, { name, call }: Call): Site | undefined {
    const program = this.#source.parse(file);
    if (program === undefined) return undefined;
    const site = { name: `site ${this.sites.length}`, key: file.key, program };
    this.sites.push(site);
    this.#renamed.set(call, { name, site });
    call.name = {
      ...call.name,
      type: "PathExpression",
      parts: [site.name],
      original: site.name,
    } as typeof call.name;
    return site;
  }

  #site(file: TemplateFile, { program }: Site, { block, origin, scope }: Call): void {
    if (this.#running.includes(file.key)) this.#nested.push(origin);
    const inner = block === undefined ? scope : this.#withInlines(block, scope);
    const partialBlock = block === undefined ? scope.partialBlock : { program: block, scope };
    const chain = [...scope.chain, file.key];
    this.#running.push(file.key);
    this.#program(program, { ...inner, key: file.key, partialBlock, chain });
    this.#running.pop();
  }

  /** The blocks a program names are known in all of it, and in what it is the block of. */
  #withInlines(program: hbs.AST.Program, outer: Scope): Scope {
    const inlines = new Map(outer.inlines);
    for (const { name, block } of inlineBlocks(program)) {
      const origin = originOf(outer.key, block.loc);
      const known = name === undefined ? undefined : this.#named.get(name);
      if (name === undefined) this.#slow("decorator", origin);
      else if (known !== undefined && known !== block) this.#slow("block-scope", origin, `"${name}"`);
      if (name === undefined) continue;
      this.#named.set(name, block);
      inlines.set(name, { program: block.program, scope: outer });
    }
    return inlines.size === outer.inlines.size ? outer : { ...outer, inlines };
  }

  #slow(pattern: SlowPattern, origin: Origin, detail?: string): void {
    this.reasons.push(new SlowPath(pattern, origin, detail));
  }
}

interface Renamed {
  /** As it is written. */
  readonly name: string;
  readonly site: Site;
}

interface Call {
  readonly name: string;
  readonly call: hbs.AST.PartialBlockStatement;
  readonly block: hbs.AST.Program | undefined;
  readonly origin: Origin;
  readonly scope: Scope;
}

interface NamedBlock {
  /** Undefined when it is no block with a fixed name. */
  readonly name: string | undefined;
  readonly block: hbs.AST.DecoratorBlock;
}

function inlineBlocks({ body }: hbs.AST.Program): readonly NamedBlock[] {
  return body
    .filter((statement) => statement.type === "DecoratorBlock")
    .map((statement) => {
      const block = statement as hbs.AST.DecoratorBlock;
      const [name] = block.params;
      const fixed = nameOf(block.path) === "inline" && name?.type === "StringLiteral";
      return { name: fixed ? (name as hbs.AST.StringLiteral).value : undefined, block };
    });
}

function nameOf(path: { readonly type: string }): string | undefined {
  if (path.type === "PathExpression") return (path as hbs.AST.PathExpression).original;
  return path.type === "StringLiteral" ? (path as hbs.AST.StringLiteral).value : undefined;
}
