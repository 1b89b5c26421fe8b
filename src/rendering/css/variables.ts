import type { Element } from "domhandler";
import { memoize } from "../../memoize.ts";
import { type CssNode, parse, spanOf } from "./css-tree.ts";

/** The custom properties that elements have of their own. Those of their parents they have as well. */
export class Variables {
  readonly #own = new Map<Element, ReadonlyMap<string, string>>();

  set(element: Element, own: ReadonlyMap<string, string>): void {
    if (own.size > 0) this.#own.set(element, own);
  }

  /**
   * A value with every `var()` filled in.
   * @returns undefined where one has no value
   */
  fill(value: string, element: Element, within: readonly string[] = []): string | undefined {
    if (!/var\(/i.test(value)) return value;
    let filled = "";
    let at = 0;
    for (const { name, fallback, start, end } of callsIn(value)) {
      const found = this.#value(name, element, within);
      const inner = found ?? (fallback === undefined ? undefined : this.fill(fallback, element, within));
      if (inner === undefined) return undefined;
      filled += value.slice(at, start) + inner;
      at = end;
    }
    return (filled + value.slice(at)).trim();
  }

  #value(name: string, element: Element, within: readonly string[]): string | undefined {
    if (within.includes(name)) return undefined;
    for (let at: Element | undefined = element; at; at = parentOf(at)) {
      const value = this.#own.get(at)?.get(name);
      if (value !== undefined) return this.fill(value, at, [...within, name]);
    }
    return undefined;
  }
}

function parentOf({ parent }: Element): Element | undefined {
  return parent?.type === "tag" ? parent : undefined;
}

interface VarCall {
  readonly name: string;
  readonly fallback: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** The outermost calls of `var()`; those in a fallback are part of it. */
const callsIn = memoize((value): readonly VarCall[] => {
  const calls: VarCall[] = [];
  const visit = (node: CssNode): void => {
    if (node.type === "Function" && node.name.toLowerCase() === "var") calls.push(callOf(node, value));
    else if ("children" in node && node.children) for (const child of node.children) visit(child);
  };
  visit(parse(value, { context: "value", positions: true }));
  return calls;
});

function callOf(node: CssNode & { type: "Function" }, value: string): VarCall {
  const { start, end } = spanOf(node);
  const inside = value.slice(
    value.indexOf("(", start) + 1,
    value.endsWith(")") || end < value.length ? end - 1 : end,
  );
  const comma = inside.indexOf(",");
  const name = (comma < 0 ? inside : inside.slice(0, comma)).trim();
  return { name, fallback: comma < 0 ? undefined : inside.slice(comma + 1).trim(), start, end };
}
