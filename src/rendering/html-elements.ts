import type { Cheerio, CheerioAPI } from "cheerio";

/** An element of a document, as far as its name and attributes go, which may be changed in place. */
export interface HtmlElement {
  readonly name: string;
  readonly attribs: Record<string, string>;
}

type Node = ReturnType<Cheerio<never>["contents"]>[number];

/** All elements of a document, which is a good deal quicker than to ask cheerio for them. */
export function elementsOf(document: CheerioAPI): readonly HtmlElement[] {
  const found: HtmlElement[] = [];
  const waiting: Node[] = document.root().contents().toArray().reverse();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if ("attribs" in node) found.push(node);
    if ("children" in node) waiting.push(...node.children.toReversed());
  }
  return found;
}
