import { compile } from "css-select";
import type { AnyNode, Element } from "domhandler";
import { memoize } from "../../memoize.ts";
import { type CssNode, generate } from "./css-tree.ts";
import { isOfMailProgram, isOfReader, KNOWN_PSEUDO_CLASSES, PSEUDO_ELEMENTS } from "./kept-selectors.ts";
import { MATCHING } from "./matching.ts";

/** How often a selector names an id; a class, an attribute or a pseudo-class; an element (Selectors 4, section 16). */
export type Specificity = readonly [ids: number, classes: number, names: number];

/**
 * What becomes of a selector's rule: it is written to the elements, it stays in the head, or both, because a mail program may add
 * elements that it is for. Of an unknown one browsers may know more.
 */
export type Fate = "inlined" | "kept" | "both" | "unknown";

export interface Selector {
  readonly text: string;
  /** Offset in the css. */
  readonly index: number;
  readonly specificity: Specificity;
  readonly fate: Fate;
  /** What it can meet at most: without what only the reader's program knows. Undefined where it is for a part of an element. */
  readonly meets: string | undefined;
  readonly node: CssNode;
}

/** A selector of a rule, out of a parsed list. */
export function selectorOf(node: CssNode, written: string): Selector {
  const { start, end } = node.loc
    ? { start: node.loc.start.offset, end: node.loc.end.offset }
    : { start: 0, end: 0 };
  const fate = fateOf(node);
  const meets = hasPseudoElement(node) ? undefined : meetsOf(node);
  return {
    text: written.slice(start, end),
    index: start,
    specificity: specificityOf(node),
    fate,
    meets,
    node,
  };
}

/** Whether an element fits. @param selector what a selector meets */
export const fitting = memoize((selector): ((element: Element) => boolean) => {
  const fits = compile<AnyNode, Element>(selector, MATCHING);
  return (element) => fits(element);
});

/** Every simple selector in it, those in brackets too. */
export function* simpleSelectors(node: CssNode): Iterable<CssNode> {
  if (node.type !== "Selector" && node.type !== "SelectorList") yield node;
  if ("children" in node && node.children) for (const child of node.children) yield* simpleSelectors(child);
  if (node.type === "Nth" && node.selector) yield* simpleSelectors(node.selector);
}

function fateOf(node: CssNode): Fate {
  const simple = [...simpleSelectors(node)];
  if (simple.some((each) => isOfReader(each) || isPseudoElement(each))) return "kept";
  if (simple.some(isUnknown)) return "unknown";
  return isOfMailProgram(node, simple) ? "both" : "inlined";
}

function canMeet(selector: string): boolean {
  try {
    fitting(selector);
    return true;
  } catch {
    return false;
  }
}

/** `:foo`, and `:nth-child(2 of .a)`. */
function isUnknown(node: CssNode): boolean {
  if (node.type === "Nth") return Boolean(node.selector);
  if (node.type === "PseudoClassSelector") return !KNOWN_PSEUDO_CLASSES.has(node.name.toLowerCase());
  return (
    node.type !== "Combinator" && !canMeet(generate(node)) && node.type !== "AnPlusB" && node.type !== "Raw"
  );
}

function hasPseudoElement(node: CssNode): boolean {
  return [...simpleSelectors(node)].some(isPseudoElement);
}

function isPseudoElement(node: CssNode): boolean {
  if (node.type === "PseudoElementSelector") return true;
  return node.type === "PseudoClassSelector" && PSEUDO_ELEMENTS.has(node.name.toLowerCase());
}

/** A compound of which everything depends on the reader, or is unknown, may meet any element. */
function meetsOf(node: CssNode): string | undefined {
  if (node.type !== "Selector") return undefined;
  let text = "";
  let compound = "";
  for (const child of node.children) {
    if (child.type === "Combinator") {
      text += `${compound === "" && text !== "" ? "*" : compound || "*"}${generate(child)}`;
      compound = "";
    } else if (![...simpleSelectors(child)].some((each) => isOfReader(each) || isUnknown(each)))
      compound += generate(child);
  }
  const meets = text + (compound || "*");
  return canMeet(meets) ? meets : undefined;
}

export function specificityOf(node: CssNode): Specificity {
  if (node.type === "SelectorList") return greatest(childrenOf(node).map(specificityOf));
  if (node.type === "Selector") return childrenOf(node).map(specificityOf).reduce(sum, [0, 0, 0]);
  switch (node.type) {
    case "IdSelector":
      return [1, 0, 0];
    case "ClassSelector":
    case "AttributeSelector":
      return [0, 1, 0];
    case "TypeSelector":
      return node.name.endsWith("*") ? [0, 0, 0] : [0, 0, 1];
    case "PseudoElementSelector":
      return [0, 0, 1];
    case "PseudoClassSelector":
      return ofPseudoClass(node.name.toLowerCase(), childrenOf(node));
    default:
      return [0, 0, 0];
  }
}

function ofPseudoClass(name: string, args: readonly CssNode[]): Specificity {
  if (name === "where") return [0, 0, 0];
  if (/^(is|not|has|matches)$/.test(name)) return greatest(args.map(specificityOf));
  if (PSEUDO_ELEMENTS.has(name)) return [0, 0, 1];
  const [nth] = args;
  const of = nth?.type === "Nth" && nth.selector ? specificityOf(nth.selector) : ([0, 0, 0] as const);
  return sum([0, 1, 0], of);
}

function childrenOf(node: CssNode): readonly CssNode[] {
  return "children" in node && node.children ? node.children.toArray() : [];
}

function sum(one: Specificity, other: Specificity): Specificity {
  return [one[0] + other[0], one[1] + other[1], one[2] + other[2]];
}

function greatest(all: readonly Specificity[]): Specificity {
  return all.reduce((one, other) => (compareSpecificity(one, other) < 0 ? other : one), [0, 0, 0]);
}

export function compareSpecificity(one: Specificity, other: Specificity): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}
