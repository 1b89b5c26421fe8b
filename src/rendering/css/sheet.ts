import { memoize } from "../../memoize.ts";
import type { Comments } from "./comments.ts";
import { type CssNode, parse, spanOf, tokenize, tokenTypes } from "./css-tree.ts";
import { type Declaration, declarationOf } from "./declarations.ts";
import { type Selector, selectorOf } from "./selectors.ts";

/** Something of a stylesheet that does not become what its author may think. */
export interface CssNote {
  /** Offset in the css. */
  readonly index: number;
  readonly message: string;
}

/** A rule whose declarations are written to the elements it meets. */
export interface InlinedRule {
  readonly selectors: readonly Selector[];
  readonly declarations: readonly Declaration[];
  /** Offset in the css. */
  readonly index: number;
}

/** A rule that stays in the head, alone or in an at-rule. */
export interface KeptRule extends InlinedRule {
  /** Whether it is in a layer: what is in none then goes before it (Cascade 5, section 6.4). */
  readonly layered: boolean;
  /** Whether its text must stay as it is. */
  readonly frozen: boolean;
}

/** A statement of a stylesheet, in order; both parts of it may be there. */
export interface Statement {
  readonly inlined: InlinedRule | undefined;
  readonly kept: KeptStatement | undefined;
}

export interface KeptStatement {
  /** What stands before the text that follows: selectors, where not all of them stay. */
  readonly prelude: string;
  /** From where to where the css is kept. */
  readonly from: number;
  readonly to: number;
  readonly rules: readonly KeptRule[];
}

/** A stylesheet as browsers read it. */
export interface Sheet {
  readonly css: string;
  readonly statements: readonly Statement[];
  readonly notes: readonly CssNote[];
  readonly comments: Comments;
}

/** Stands for a character of a template's expression: of what it prints nothing is known here. */
export const UNKNOWN = "\ue000";

export const parseSheet = memoize((css): Sheet => new SheetReader(css).read());

class SheetReader {
  readonly #css: string;
  readonly #statements: Statement[] = [];
  readonly #notes: CssNote[] = [];
  readonly #comments: (readonly [number, number])[] = [];
  /** Whether a rule was there, after which no @import counts. */
  #begun = false;

  constructor(css: string) {
    this.#css = css;
  }

  read(): Sheet {
    const sheet = parse(this.#css, {
      positions: true,
      parseValue: false,
      parseCustomProperty: false,
      onComment: (_text, loc) => this.#comments.push([loc.start.offset, loc.end.offset]),
    });
    if (sheet.type === "StyleSheet") for (const node of sheet.children) this.#statement(node);
    this.#noteUnclosed();
    return {
      css: this.#css,
      statements: this.#statements,
      notes: this.#notes.filter(({ index }) => !this.#isUnknown(index)),
      comments: this.#comments,
    };
  }

  #statement(node: CssNode): void {
    if (node.type === "Rule") this.#rule(node);
    else if (node.type === "Atrule") this.#atRule(node);
    else if (node.type === "Raw") this.#note(spanOf(node).start, "a browser skips this: it is no rule");
  }

  #rule(node: CssNode & { type: "Rule" }): void {
    this.#begun = true;
    const { start, end } = spanOf(node);
    const block = spanOf(node.block);
    const { declarations, nested } = this.#block(node.block);
    if (node.prelude.type === "Raw") {
      this.#note(
        start,
        `a browser skips this rule: ${JSON.stringify(shown(node.prelude.value))} is no selector`,
      );
      return;
    }
    const selectors = this.#selectors(node.prelude);
    const unknown = selectors.find(({ fate }) => fate === "unknown");
    if (unknown !== undefined)
      this.#note(
        unknown.index,
        `${JSON.stringify(shown(unknown.text))} is not known here: the rule stays in the head, as it is, where not every mail program reads it`,
      );
    if (nested)
      this.#note(
        block.start,
        "the rules nested in this one stay in the head, where not every mail program reads them",
      );
    const whole = unknown !== undefined || nested;
    const kept = whole ? selectors : selectors.filter(({ fate }) => fate !== "inlined");
    const inlined =
      unknown === undefined ? selectors.filter(({ fate }) => fate === "inlined" || fate === "both") : [];
    const prelude = whole ? "" : `${kept.map(({ text }) => text).join(", ")} `;
    const rules = [{ selectors: kept, declarations, index: start, layered: false, frozen: nested }];
    this.#statements.push({
      inlined: inlined.length > 0 ? { selectors: inlined, declarations, index: start } : undefined,
      kept: kept.length > 0 ? { prelude, from: whole ? start : block.start, to: end, rules } : undefined,
    });
  }

  #atRule(node: CssNode & { type: "Atrule" }): void {
    const { start, end } = spanOf(node);
    const name = node.name.toLowerCase();
    if (name === "charset") return;
    if (name === "import" && this.#begun) {
      this.#note(start, "a browser skips this @import, which must stand before all rules");
      return;
    }
    if (!/^(import|layer|namespace)$/.test(name) || node.block) this.#begun = true;
    if (/^(layer|container|scope|supports)$/.test(name) && node.block)
      this.#note(start, `@${name} stays in the head, as it is, where not every mail program reads it`);
    const rules = node.block ? this.#rulesIn(node, false) : [];
    this.#statements.push({ inlined: undefined, kept: { prelude: "", from: start, to: end, rules } });
  }

  /** The rules of an at-rule that asks for a condition. */
  #rulesIn(atRule: CssNode & { type: "Atrule" }, within: boolean): readonly KeptRule[] {
    const name = atRule.name.toLowerCase();
    if (!/^(media|supports|container|layer|document|-moz-document)$/.test(name)) return [];
    const layered = within || name === "layer";
    return (atRule.block?.children.toArray() ?? []).flatMap((node): readonly KeptRule[] => {
      if (node.type === "Atrule") return this.#rulesIn(node, layered);
      if (node.type !== "Rule" || node.prelude.type === "Raw") return [];
      const { declarations, nested } = this.#block(node.block);
      const selectors = this.#selectors(node.prelude);
      return [{ selectors, declarations, index: spanOf(node).start, layered, frozen: nested }];
    });
  }

  #selectors(list: CssNode): readonly Selector[] {
    if (list.type !== "SelectorList") return [];
    return list.children.toArray().map((node) => selectorOf(node, this.#css));
  }

  #block(block: CssNode & { type: "Block" }) {
    const nodes = block.children.toArray();
    const declarations: Declaration[] = [];
    let nested = false;
    for (const node of nodes) {
      const declaration = declarationOf(node, this.#css, this.#comments);
      if (declaration !== undefined) declarations.push(declaration);
      else if (isNested(node)) nested = true;
      if (declaration === undefined && !isRule(node)) this.#note(spanOf(node).start, skipped(node));
    }
    return { declarations, nested };
  }

  /** What is open at the end a browser closes; all that follows the place may have been meant to stand outside. */
  #noteUnclosed(): void {
    const open: number[] = [];
    tokenize(this.#css, (type, start) => {
      if (type === tokenTypes.LeftCurlyBracket) open.push(start);
      if (type === tokenTypes.RightCurlyBracket) open.pop();
    });
    for (const index of open) this.#note(index, "this brace is never closed");
  }

  #note(index: number, message: string): void {
    this.#notes.push({ index, message });
  }

  #isUnknown(index: number): boolean {
    return this.#css.startsWith(UNKNOWN, index);
  }
}

function isNested(node: CssNode): boolean {
  return isRule(node) || (node.type === "Raw" && node.value.includes("{"));
}

function isRule({ type }: CssNode): boolean {
  return type === "Rule" || type === "Atrule";
}

function skipped(node: CssNode): string {
  if (node.type === "Declaration") return `a browser skips this: ${node.property} has no value`;
  const text = node.type === "Raw" ? node.value.trim() : "";
  if (/^["']/.test(text)) return "a browser skips what follows this quote, up to the next ; or }";
  return `a browser skips this: ${JSON.stringify(shown(text))} is no declaration`;
}

const MAX_SHOWN = 60;

function shown(text: string): string {
  return text.trim().slice(0, MAX_SHOWN);
}
