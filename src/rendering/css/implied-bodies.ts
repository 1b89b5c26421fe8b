import { type AnyNode, Element } from "domhandler";

/**
 * Puts rows that stand in a table itself into a tbody, as browsers do, so that rules for rows of a tbody meet them.
 * @returns what takes those away again that have got no style
 */
export function impliedBodies(elements: readonly Element[]): () => void {
  const bodies = elements.filter(({ name }) => name === "table").flatMap(wrapRows);
  return () => {
    for (const body of bodies) if (Object.keys(body.attribs).length === 0) unwrap(body);
  };
}

function wrapRows(table: Element): readonly Element[] {
  const bodies: Element[] = [];
  const children: AnyNode[] = [];
  let rows: AnyNode[] = [];
  const close = () => {
    const last = rows.findLastIndex(isRow);
    const body = new Element("tbody", {}, rows.slice(0, last + 1));
    if (last >= 0) bodies.push(body);
    children.push(...(last < 0 ? rows : [body, ...rows.slice(last + 1)]));
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

function unwrap(body: Element): void {
  const { parent } = body;
  if (parent === null) return;
  const children = parent.children.flatMap((child): AnyNode[] =>
    child === body ? body.children : [child as AnyNode],
  );
  adopt(parent as Element, children);
}

function adopt(parent: Element, children: AnyNode[]): void {
  parent.children = children as Element["children"];
  for (const [index, child] of children.entries()) {
    child.parent = parent;
    child.prev = (children[index - 1] ?? null) as typeof child.prev;
    child.next = (children[index + 1] ?? null) as typeof child.next;
    if (child instanceof Element && child.name === "tbody")
      for (const row of child.children) row.parent = child;
  }
}

function isRow(node: AnyNode): boolean {
  return isElement(node) && node.name === "tr";
}

function isElement(node: AnyNode): node is Element {
  return "attribs" in node;
}
