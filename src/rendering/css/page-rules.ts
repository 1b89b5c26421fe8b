import type { Element } from "domhandler";
import type { Source } from "./cascade.ts";
import { fitting, type Selector } from "./selectors.ts";
import type { InlinedRule, Sheet } from "./sheet.ts";

/** A stylesheet of a page. */
export interface PageSheet {
  readonly sheet: Sheet;
  /** Whether it stays as it is: none of it is written to elements. */
  readonly frozen: boolean;
}

interface PageRule {
  readonly meets: string;
  readonly sources: readonly Source[];
}

/** So that offsets in one sheet are below those in the next. */
const SHEET = 2 ** 32;

/** The rules of a page, looked up by what an element must be at least for them. */
export class PageRules {
  readonly #rules = new Map<string, PageRule[]>();
  readonly sources: Source[] = [];

  constructor(sheets: readonly PageSheet[]) {
    for (const [index, { sheet, frozen }] of sheets.entries())
      for (const { inlined, kept } of sheet.statements) {
        const base = { sheet, layered: false, frozen };
        if (inlined) this.#add(inlined, { ...base, kept: frozen }, index * SHEET);
        for (const rule of kept?.rules ?? [])
          this.#add(
            rule,
            { sheet, layered: rule.layered, frozen: frozen || rule.frozen, kept: true },
            index * SHEET,
          );
      }
  }

  /** The declarations of all rules that an element fits. */
  of(element: Element): readonly Source[] {
    const keys = [
      "*",
      element.name,
      ...classesOf(element).map((name) => `.${name}`),
      `#${element.attribs.id ?? ""}`,
    ];
    return keys.flatMap((key) =>
      (this.#rules.get(key) ?? []).flatMap(({ meets, sources }) => (fitting(meets)(element) ? sources : [])),
    );
  }

  #add(
    { selectors, declarations }: InlinedRule,
    kind: Pick<Source, "sheet" | "layered" | "frozen" | "kept">,
    order: number,
  ): void {
    for (const selector of selectors) {
      const sources = declarations.map((declaration): Source => {
        return { ...kind, declaration, selector, order: order + declaration.index };
      });
      this.sources.push(...sources);
      const { meets } = selector;
      if (meets === undefined) continue;
      const key = keyOf(selector);
      const known = this.#rules.get(key) ?? [];
      this.#rules.set(key, known);
      known.push({ meets, sources });
    }
  }
}

/** The class, id or name that the element itself must have; any element where it is not that simple. */
function keyOf({ node }: Selector): string {
  if (node.type !== "Selector") return "*";
  const parts = node.children.toArray();
  const last = parts.findLastIndex(({ type }) => type === "Combinator");
  const own = parts.slice(last + 1);
  for (const part of own) {
    if (part.type === "IdSelector" && /^[\w-]+$/.test(part.name)) return `#${part.name}`;
    if (part.type === "ClassSelector" && /^[\w-]+$/.test(part.name)) return `.${part.name}`;
  }
  const named = own.find(({ type }) => type === "TypeSelector");
  const name = named?.type === "TypeSelector" ? named.name.toLowerCase() : "*";
  return /^[\w-]+$/.test(name) ? name : "*";
}

function classesOf({ attribs }: Element): readonly string[] {
  return [...new Set(attribs.class?.split(/\s+/).filter((name) => name !== ""))];
}
