import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";

/** Attributes that are read out or shown. */
const SPOKEN = new Set(["aria-label", "placeholder", "title", "data-label"]);
const WORD = /[A-Za-z]{2,}/;
const WORDS = /[A-Za-z]{2,}[.,:?!]?\s+[A-Za-z(]|^[A-Z][a-z]+[.:]?$/;
/** Headers, selectors and the like. */
const NO_WORDS = /[=<{|]|; (?:charset|filename)/;

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** What a page file says by itself, in its templates and texts; one line each. */
export function wordsOfPages(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts"))
    .toSorted()
    .flatMap((file) =>
      wordsIn(readFileSync(join(folder, file), "utf8"), file).map((words) => `${file}: ${words}`),
    );
}

/** The same, of one source. */
export function wordsIn(source: string, name = "page.ts"): readonly string[] {
  const found: string[] = [];
  visit(parseSync(name, source).program as unknown as Node, undefined, found);
  return found;
}

function visit(node: Node, parent: Node | undefined, found: string[]): void {
  // A text that is imported from, is a type, or is what an error says, is no page's.
  if (/^Import|^TSLiteralType$/.test(node.type) || isError(node)) return;
  if (node.type === "TaggedTemplateExpression" && (node.tag as Node).name === "html")
    found.push(...wordsOfHtml(quasisOf(node.quasi as Node)));
  if (node.type === "TemplateLiteral" && parent?.type !== "TaggedTemplateExpression")
    found.push(...quasisOf(node).filter((text) => WORDS.test(text) && !NO_WORDS.test(text)));
  if (node.type === "Literal" && typeof node.value === "string" && isSaid(node, parent))
    found.push(node.value);
  for (const inner of Object.values(node).flat())
    if (typeof inner === "object" && inner !== null && "type" in inner) visit(inner as Node, node, found);
}

function isError(node: Node): boolean {
  return node.type === "NewExpression" && /Error$/.test(String((node.callee as Node).name));
}

/** Several words, or one that begins as a heading does; what is compared with is a value. */
function isSaid(node: Node, parent: Node | undefined): boolean {
  const text = String(node.value);
  if (parent?.type === "BinaryExpression" || NO_WORDS.test(text)) return false;
  const isCounted = parent?.type === "CallExpression" && (parent.callee as Node).name === "counted";
  return isCounted || WORDS.test(text);
}

function quasisOf(template: Node): readonly string[] {
  return (template.quasis as { readonly value: { readonly raw: string } }[]).map(({ value }) => value.raw);
}

/** Texts between tags, and in attributes that are read out. */
function wordsOfHtml(quasis: readonly string[]): readonly string[] {
  // A piece of a tag, such as ` aria-current="page"`.
  if (/^ (?:selected|checked|open$|[\w-]+=")/.test(quasis[0] ?? "")) return [];
  // In code, kbd and pre stands what a program reads.
  const text = quasis.join("\u0000").replaceAll(/<(code|kbd|pre)\b[^>]*>[\s\S]*?<\/\1>/g, "");
  const attributes = [...text.matchAll(/([\w-]+)="([^"]*)"/g)]
    .filter(([, name = ""]) => SPOKEN.has(name))
    .map(([, , value = ""]) => value);
  const between = text.replaceAll(/<(?:"[^"]*"|[^>"])*>/g, "\u0000");
  return [...attributes, between]
    .flatMap((each) => each.split("\u0000"))
    .map((each) => each.trim())
    .filter((each) => WORD.test(each));
}
