import { placeOf, type TemplateFile } from "../templates/template-problem.ts";
import type { Element } from "./html-reader.ts";
import type { Origin } from "./piece.ts";
import { type Compound, inlinedDeclarations, type Selector, selectorsOf } from "./selectors.ts";
import { SlowPath } from "./slow-path.ts";

/** A stylesheet of a template, and where it is written. */
export interface Sheet {
  readonly css: string;
  readonly originAt: (index: number) => Origin;
}

export interface StyledHtml {
  readonly sheets: readonly Sheet[];
  readonly elements: readonly Element[];
  /** Whether data decides what stands at the top. */
  readonly rootVaries: Origin | undefined;
  /** Whether anything depends on data. */
  readonly varies: boolean;
}

/** A stylesheet file as one of a template's sheets. */
export function sheetOfFile({ key, text }: TemplateFile): Sheet {
  return { css: text, originAt: (index) => ({ key, place: placeOf(text, index) }) };
}

/** Where data decides what the selectors of a template's stylesheets meet. */
export function dependentStyles(html: StyledHtml): readonly SlowPath[] {
  const written = html.sheets.flatMap(({ css }) => inlinedDeclarations(css));
  const asked = html.sheets.flatMap(({ css, originAt }) =>
    selectorsOf(css, written)
      .filter((selector) => canMatch(selector, html.elements))
      .map((selector) => ({ selector, origin: originAt(selector.index) })),
  );
  const attributes = new Set(asked.flatMap(({ selector }) => [...selector.attributes]));
  return [
    ...html.elements.flatMap((element) => dynamicAttributes(element, attributes)),
    ...html.elements.flatMap((element) => overwrittenAttributes(element, asked)),
    ...asked.flatMap(({ selector, origin }) => dependence(selector, origin, html)),
    ...asked.flatMap(({ selector, origin }) => impliedBodies(selector, origin, html)),
  ];
}

function dynamicAttributes({ attributes }: Element, asked: ReadonlySet<string>): readonly SlowPath[] {
  return [...attributes.values()].flatMap(({ name, dynamic }) => {
    if (dynamic === undefined) return [];
    if (name === "style") return [new SlowPath("style-expression", dynamic)];
    if (!asked.has(name)) return [];
    if (name === "class") return [new SlowPath("class-expression", dynamic)];
    return [new SlowPath(name === "id" ? "id-expression" : "attribute-selector", dynamic, name)];
  });
}

/** What is written as an attribute too, over what stands there. */
const WRITTEN_TWICE: Readonly<Record<string, string>> = {
  width: "width",
  height: "height",
  bgcolor: "background-color",
  background: "background-image",
  align: "text-align",
  valign: "vertical-align",
};

function overwrittenAttributes(
  element: Element,
  asked: readonly { readonly selector: Selector }[],
): readonly SlowPath[] {
  return [...element.attributes.values()].flatMap(({ name, dynamic }) => {
    const property = dynamic && Object.hasOwn(WRITTEN_TWICE, name) ? WRITTEN_TWICE[name] : undefined;
    if (dynamic === undefined || property === undefined) return [];
    const rule = asked.find(({ selector }) => setsOn(selector, property, element));
    return rule ? [new SlowPath("set-twice", dynamic, `${name}, ${rule.selector.text}`)] : [];
  });
}

/** Of an element that a rule meets, its own style attribute is written twice as well. */
function setsOn({ properties, compounds, unclear }: Selector, property: string, element: Element): boolean {
  const subject = compounds.at(-1);
  const own = element.attributes.get("style")?.text ?? "";
  return (
    (properties.has(property) || own.includes(property)) && (unclear || !subject || fits(subject, element))
  );
}

function dependence(selector: Selector, origin: Origin, html: StyledHtml): readonly SlowPath[] {
  if (selector.unclear) return html.varies ? [new SlowPath("contents", origin, selector.text)] : [];
  for (const compound of selector.compounds.filter(({ siblings }) => siblings)) {
    const found = html.elements.find((element) => siblingsVary(element, html) && fits(compound, element));
    const cause = found && (found.parent ? found.parent.childrenVary : html.rootVaries);
    if (cause === undefined) continue;
    const where = `${selector.text} and ${cause.key}:${cause.place.line}`;
    return [new SlowPath("siblings", origin, where)];
  }
  return [];
}

function siblingsVary({ parent }: Element, { rootVaries }: StyledHtml): boolean {
  return (parent ? parent.childrenVary : rootVaries) !== undefined;
}

/** A selector for elements the template does not have, such as those of one mail program, asks nothing of it. */
function canMatch({ compounds, text }: Selector, elements: readonly Element[]): boolean {
  // An escape in a name is not read here.
  if (text.includes("\\")) return true;
  return compounds.every((compound) =>
    [IMPLIED_BODY, ...elements].some((element) => fits(compound, element)),
  );
}

/** The element that browsers put around rows of a table without one. */
const IMPLIED_BODY: Element = {
  tag: "tbody",
  attributes: new Map(),
  parent: undefined,
  childrenVary: undefined,
};

/** Where data decides which rows a table has, it decides whether a tbody is there that a rule meets. */
function impliedBodies({ compounds, text }: Selector, origin: Origin, { elements }: StyledHtml) {
  const subject = compounds.at(-1);
  const meetsBody = subject === undefined || fits(subject, IMPLIED_BODY);
  const row = meetsBody
    ? elements.find(({ tag, parent }) => tag === "tr" && parent?.tag === "table" && parent.childrenVary)
    : undefined;
  const cause = row?.parent?.childrenVary;
  return cause ? [new SlowPath("implied-tbody", origin, `${text} and ${cause.key}:${cause.place.line}`)] : [];
}

function fits({ tag, id, classes }: Compound, { tag: own, attributes }: Element): boolean {
  if (tag !== undefined && tag !== own) return false;
  const named = attributes.get("id");
  if (id !== undefined && !named?.dynamic && named?.text !== id) return false;
  const classAttribute = attributes.get("class");
  if (classes.length === 0 || classAttribute?.dynamic) return true;
  const has = new Set(classAttribute?.text.split(/\s+/));
  return classes.every((name) => has.has(name));
}
