import { type AnyNode, type Document, Element } from "domhandler";
import { elementsIn } from "./html-elements.ts";

/** Elements that browsers put into a page whose html does not write them, so that rules for them and for what is in them hold. */
export interface Implied {
  /** The html and body of a page that does not write them: nothing can be written to them. */
  readonly page: ReadonlySet<Element>;
  /** Takes away again what was not written, but for a tbody that has got a style. */
  readonly takeAway: () => void;
}

export function implyElements(document: Document): Implied {
  const written = elementsIn(document);
  const bodies = written.filter(({ name }) => name === "table").flatMap(wrapRows);
  const isWritten = (name: string) => written.some((element) => element.name === name);
  const names = ["body", "html"].filter((name) => !isWritten(name));
  // Where html is written, a body that is not stands somewhere in it.
  const page = isWritten("html") ? [] : names.map((name) => wrapAll(document, name));
  return {
    page: new Set(page),
    takeAway: () => {
      for (const element of page.toReversed()) unwrap(element);
      for (const body of bodies) if (Object.keys(body.attribs).length === 0) unwrap(body);
    },
  };
}

function wrapAll(document: Document, name: string): Element {
  const whole = new Element(name, {}, []);
  adopt(whole, document.children);
  adopt(document, [whole]);
  return whole;
}

/** Rows that stand in a table itself are in a tbody. */
function wrapRows(table: Element): readonly Element[] {
  const bodies: Element[] = [];
  const children: AnyNode[] = [];
  let rows: AnyNode[] = [];
  const close = () => {
    const last = rows.findLastIndex(isRow);
    if (last >= 0) {
      const body = new Element("tbody", {}, []);
      adopt(body, rows.slice(0, last + 1));
      bodies.push(body);
      children.push(body);
    }
    children.push(...rows.slice(last + 1));
    rows = [];
  };
  for (const child of table.children) {
    if (isRow(child) || (rows.length > 0 && !isElement(child))) rows.push(child);
    else {
      close();
      children.push(child);
    }
  }
  close();
  if (bodies.length > 0) adopt(table, children);
  return bodies;
}

function unwrap(element: Element): void {
  const { parent } = element;
  if (parent === null) return;
  adopt(
    parent,
    parent.children.flatMap((child): readonly AnyNode[] => (child === element ? element.children : [child])),
  );
}

function adopt(
  parent: Element | Document | NonNullable<Element["parent"]>,
  children: readonly AnyNode[],
): void {
  const nodes = children as Element["children"];
  parent.children = [...nodes];
  for (const [index, child] of nodes.entries()) {
    child.parent = parent;
    child.prev = nodes[index - 1] ?? null;
    child.next = nodes[index + 1] ?? null;
  }
}

function isRow(node: AnyNode): boolean {
  return isElement(node) && node.name === "tr";
}

function isElement(node: AnyNode): node is Element {
  return "attribs" in node;
}
