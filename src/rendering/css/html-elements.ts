import type { AnyNode, Document, Element } from "domhandler";

/** All elements of a document in order. */
export function elementsIn(document: Document): readonly Element[] {
  const found: Element[] = [];
  const waiting: AnyNode[] = document.children.toReversed();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if ("attribs" in node) found.push(node);
    if ("children" in node) for (const child of node.children.toReversed()) waiting.push(child);
  }
  return found;
}
