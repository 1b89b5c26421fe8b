import type { CheerioAPI } from "cheerio";
import type { AnyNode, Element } from "domhandler";

/** All elements of a document in order, which is a good deal quicker than to ask cheerio for them. */
export function elementsOf(document: CheerioAPI): readonly Element[] {
  const found: Element[] = [];
  const waiting: AnyNode[] = document.root().contents().toArray().reverse();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if ("attribs" in node) found.push(node);
    if ("children" in node) for (const child of node.children.toReversed()) waiting.push(child);
  }
  return found;
}
