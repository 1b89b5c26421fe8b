import { type CssNode, generate } from "../css/css-tree.ts";
import { type Declaration, overlaps } from "../css/declarations.ts";
import { type Selector as ReadSelector, simpleSelectors } from "../css/selectors.ts";
import { type InlinedRule, parseSheet } from "../css/sheet.ts";

/** A selector of a rule that meets elements, and so decides what is written to them or what must stay in the head. */
export interface Selector {
  readonly text: string;
  /** Offset in the css. */
  readonly index: number;
  /** Every attribute it asks for, with `class` and `id`. */
  readonly attributes: ReadonlySet<string>;
  readonly compounds: readonly Compound[];
  /** What its rule sets: `background-color`. */
  readonly properties: ReadonlySet<string>;
  /** Whether it depends on what an element holds. */
  readonly unclear: boolean;
}

/** What one element must be: `td.cell:first-child`. */
export interface Compound {
  readonly tag: string | undefined;
  readonly id: string | undefined;
  readonly classes: readonly string[];
  /** Whether it matters what stands beside the element. */
  readonly siblings: boolean;
}

const SIBLINGS =
  /^(first-child|last-child|only-child|first-of-type|last-of-type|only-of-type|nth-child|nth-last-child|nth-of-type|nth-last-of-type|root)$/;
const CONTENTS = /^(empty|has)$/;

/** Every declaration that a stylesheet has for elements themselves. */
export function inlinedDeclarations(css: string): readonly Declaration[] {
  return parseSheet(css).statements.flatMap(({ inlined }) => inlined?.declarations ?? []);
}

/**
 * The selectors of a stylesheet's rules that are written to elements, and of those that stay in the head and set what is written to
 * elements too: what they meet decides what is important there.
 * @param written every declaration of the page that is written to elements
 */
export function selectorsOf(css: string, written: readonly Declaration[]): readonly Selector[] {
  const competes = ({ declarations }: InlinedRule) =>
    declarations.some((kept) => written.some((other) => compete(kept, other)));
  return parseSheet(css).statements.flatMap(({ inlined, kept }) => [
    ...(inlined ? selectorsIn(inlined) : []),
    ...(kept?.rules.filter(competes).flatMap(selectorsIn) ?? []),
  ]);
}

/** What is important in the head wins over what is not on an element, whatever else there is. */
function compete(kept: Declaration, other: Declaration): boolean {
  return (!kept.important || other.important) && overlaps(kept.property, other.property);
}

function selectorsIn({ selectors, declarations }: InlinedRule): readonly Selector[] {
  const properties = new Set(declarations.map(({ property }) => property));
  return selectors
    .filter(({ meets }) => meets !== undefined)
    .map((selector) => ({ ...readSelector(selector), properties }));
}

function readSelector({ text, index, node }: ReadSelector): Omit<Selector, "properties"> {
  const simple = [...simpleSelectors(node)];
  const attributes = new Set(simple.flatMap(attributeOf));
  const unclear = simple.some((each) => each.type === "PseudoClassSelector" && CONTENTS.test(nameOf(each)));
  return { text, index, attributes, compounds: compoundsOf(node), unclear };
}

function attributeOf(node: CssNode): readonly string[] {
  if (node.type === "AttributeSelector") return [node.name.name.toLowerCase()];
  if (node.type === "ClassSelector") return ["class"];
  if (node.type === "PseudoClassSelector") return /^(any-)?link$/.test(nameOf(node)) ? ["href"] : [];
  return node.type === "IdSelector" ? ["id"] : [];
}

function compoundsOf(selector: CssNode): readonly Compound[] {
  if (selector.type !== "Selector") return [];
  const compounds: Compound[] = [];
  let combinator = "";
  let own: CssNode[] = [];
  for (const child of selector.children) {
    if (child.type !== "Combinator") {
      own.push(child);
      continue;
    }
    compounds.push(compoundOf(own, combinator));
    combinator = child.name;
    own = [];
  }
  return [...compounds, compoundOf(own, combinator)];
}

function compoundOf(own: readonly CssNode[], combinator: string): Compound {
  const all = own.flatMap((each) => [...simpleSelectors(each)]);
  const names = (type: CssNode["type"]) => own.filter((each) => each.type === type).map(nameOf);
  const asks = all.some((each) => each.type === "PseudoClassSelector" && SIBLINGS.test(nameOf(each)));
  const beside = all.some((each) => each.type === "Combinator" && /[+~]/.test(each.name));
  const [tag] = names("TypeSelector");
  return {
    tag: tag === undefined || tag === "*" ? undefined : tag.toLowerCase(),
    id: names("IdSelector")[0],
    classes: names("ClassSelector"),
    siblings: asks || beside || /[+~]/.test(combinator),
  };
}

function nameOf(node: CssNode): string {
  if (!("name" in node) || typeof node.name !== "string") return generate(node);
  return node.type === "PseudoClassSelector" ? node.name.toLowerCase() : node.name;
}
