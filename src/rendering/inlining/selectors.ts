import { blankOut } from "../css-faults.ts";
import { isKept } from "../kept-selectors.ts";

/** A selector of a rule that is inlined. */
export interface Selector {
  readonly text: string;
  /** Offset in the css. */
  readonly index: number;
  /** Every attribute it asks for, with `class` and `id`. */
  readonly attributes: ReadonlySet<string>;
  readonly compounds: readonly Compound[];
  /** What its rule sets: `background-color`. */
  readonly properties: ReadonlySet<string>;
  /** Whether it cannot be told what it depends on. */
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

/** These ask nothing themselves; what they hold is looked at like the rest. */
const NEUTRAL = /^(not|is|where|matches|before|after|first-line|first-letter)$/;

/** The selectors of a stylesheet's own rules, without those that stay in the head. */
export function selectorsOf(css: string): readonly Selector[] {
  const source = blankOut(css);
  const selectors: Selector[] = [];
  let depth = 0;
  let start = 0;
  for (const { index, 0: mark } of source.matchAll(/[{};]/g)) {
    if (mark === "{" && depth === 0)
      selectors.push(...selectorsIn(source, start, index, propertiesFrom(source, index + 1)));
    if (mark !== ";") depth = Math.max(0, depth + (mark === "{" ? 1 : -1));
    start = index + 1;
  }
  return selectors;
}

function propertiesFrom(source: string, start: number): ReadonlySet<string> {
  const end = source.indexOf("}", start);
  const names = source.slice(start, end < 0 ? undefined : end).matchAll(/(?:^|;)\s*([\w-]+)\s*:/g);
  return new Set(Array.from(names, ([, name = ""]) => name.toLowerCase()));
}

function selectorsIn(
  source: string,
  start: number,
  end: number,
  properties: Selector["properties"],
): readonly Selector[] {
  const prelude = source.slice(start, end);
  if (prelude.trim().startsWith("@")) return [];
  const found: Selector[] = [];
  let at = start;
  for (const part of splitAtCommas(prelude)) {
    const text = part.trim();
    const index = at + part.length - part.trimStart().length;
    at += part.length + 1;
    if (text !== "" && !isKept(text)) found.push({ ...parseSelector(text, index), properties });
  }
  return found;
}

/** Commas in brackets separate nothing. */
function splitAtCommas(prelude: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const char of prelude) {
    if (char === "(" || char === "[") depth++;
    if (char === ")" || char === "]") depth--;
    if (char === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}

function parseSelector(text: string, index: number): Omit<Selector, "properties"> {
  const named = Array.from(text.matchAll(/\[\s*([^\s\]=~^$*|]+)/g), ([, name = ""]) => name.toLowerCase());
  const bare = text.replace(/\[[^\]]*\]/g, "[]");
  if (bare.includes(".")) named.push("class");
  if (bare.includes("#")) named.push("id");
  const attributes = new Set(named);
  const unclear =
    /\\/.test(text) || pseudosOf(bare).some((name) => !SIBLINGS.test(name) && !NEUTRAL.test(name));
  return { text, index, attributes, compounds: compoundsOf(bare), unclear };
}

/** Elements of a shadow tree or of the browser, `::selection`, match nothing in a mail. */
function pseudosOf(text: string): readonly string[] {
  return Array.from(text.matchAll(/(?<!:):([\w-]+)/g), ([, name = ""]) => name.toLowerCase());
}

function compoundsOf(bare: string): readonly Compound[] {
  // Brackets are made to hold no combinators first, innermost last: `:not(a > b)`.
  const folded: string[] = [];
  let text = bare;
  while (/\([^()]*\)/.test(text))
    text = text.replace(/\([^()]*\)/, (inner) => `\ue000${folded.push(inner) - 1}\ue001`);
  const parts = text.split(/(\s*[>+~]\s*|\s+)/);
  return parts
    .filter((_, position) => position % 2 === 0)
    .map((part, position) => compoundOf(unfold(part, folded), parts[position * 2 - 1] ?? ""));
}

function unfold(part: string, folded: readonly string[]): string {
  return part.includes("\ue000")
    ? unfold(
        part.replace(/\ue000(\d+)\ue001/g, (_, number) => folded[Number(number)] ?? ""),
        folded,
      )
    : part;
}

function compoundOf(text: string, combinator: string): Compound {
  const own = text.replace(/\(.*\)/gs, "");
  const inside = text.slice(own.length > 0 ? text.indexOf("(") : 0);
  const [tag] = /^[a-z][\w-]*/i.exec(own) ?? [];
  const nested = text.includes("(") && /[+~]/.test(inside) && /:(not|is|where|matches)\(/i.test(text);
  return {
    tag: tag?.toLowerCase(),
    id: /#([\w-]+)/.exec(own)?.[1],
    classes: Array.from(own.matchAll(/\.([\w-]+)/g), ([, name = ""]) => name),
    siblings: /[+~]/.test(combinator) || nested || pseudosOf(text).some((name) => SIBLINGS.test(name)),
  };
}
