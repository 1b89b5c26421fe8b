import { encodeText, encodeValue } from "../../mail/quoted-printable.ts";
import { readHtml } from "../inlining/html-reader.ts";
import { type Piece, textPart, type ValuePiece } from "../inlining/piece.ts";
import { fillerOf, type Skeleton } from "../printing.ts";
import { formOfLink, type Link, textAndLinks } from "./text-part.ts";

type Values = readonly string[];

/** How a text is filled, and whether the links in it read as they did when it was made. */
interface TextPattern {
  readonly fill: (values: Values) => string;
  /** In quoted-printable. */
  readonly encode: (values: Values) => string;
  readonly holds: readonly ((values: Values) => boolean)[];
}

const NOWHERE: hbs.AST.SourceLocation = {
  source: "",
  start: { line: 1, column: 0 },
  end: { line: 1, column: 0 },
};

/** A template is rarely laid out in more ways than this by its data; a long list of items is, and gains nothing. */
const MOST = 32;

/** Attributes that decide how html becomes text. */
const DECISIVE = new Set("role,aria-hidden,hidden,style,start,type,colspan,rowspan".split(","));

/** The texts of one template, by the html they were made from with its values left out. */
export class TextCache {
  readonly #patterns = new Map<string, TextPattern | undefined>();

  /** The text of a mail; undefined when its values could change more than their own places. */
  text(skeleton: Skeleton): string | undefined {
    return this.#fitting(skeleton)?.fill(skeleton.values);
  }

  /** The same in quoted-printable. */
  encodedText(skeleton: Skeleton): string | undefined {
    if (!skeleton.values.every((value) => value.isWellFormed())) return undefined;
    return this.#fitting(skeleton)?.encode(skeleton.values);
  }

  #fitting({ html, values }: Skeleton): TextPattern | undefined {
    const pattern = this.#pattern(html, values.length);
    return pattern?.holds.every((holds) => holds(values)) ? pattern : undefined;
  }

  #pattern(html: string, count: number): TextPattern | undefined {
    if (this.#patterns.has(html)) return this.#patterns.get(html);
    if (this.#patterns.size >= MOST) this.#patterns.clear();
    const pattern = patternOf(html, count);
    this.#patterns.set(html, pattern);
    return pattern;
  }
}

function patternOf(html: string, count: number): TextPattern | undefined {
  const parts = html.split(/\ue000(\d+)\ue001/);
  const numbers = parts.filter((_, index) => index % 2 === 1);
  if (numbers.length !== count || numbers.some((number, index) => Number(number) !== index)) return undefined;
  // A value could end an entity that the template began: `&{{name}};`.
  if (parts.slice(0, -1).some((text, index) => index % 2 === 0 && /&#?\w*$/.test(text))) return undefined;
  if (!staysInPlace(parts)) return undefined;
  const { text, links } = textAndLinks(html);
  return { fill: fillerOf(text), encode: encoderOf(text), holds: links.filter(varies).map(sameForm) };
}

/** Values are words by now: with what stands beside them they mean what they mean alone. */
function encoderOf(text: string): TextPattern["encode"] {
  const fill = fillerOf(text, encodeText);
  return (values) => fill(values.map(encodeValue));
}

/** Whether every value is text, or in an attribute that is printed or means nothing to the text. */
function staysInPlace(parts: readonly string[]): boolean {
  const origin = { key: "", place: { line: 1, column: 1 } };
  const pieces = parts.map((text, index): Piece => {
    if (index % 2 === 1) return { kind: "value", ...origin, raw: false };
    const node: hbs.AST.ContentStatement = {
      type: "ContentStatement",
      value: text,
      original: text as never,
      loc: NOWHERE,
    };
    return { kind: "text", parts: [textPart(node, "")] };
  });
  const { reasons, elements, holders } = readHtml(pieces);
  const decisive = elements.some(({ attributes }) =>
    [...attributes.values()].some(({ name, dynamic }) => dynamic !== undefined && DECISIVE.has(name)),
  );
  const unsure = [...holders].some(
    ([value, holder]) => holder?.tag === "textarea" || inTable(value, holders),
  );
  return reasons.length === 0 && !decisive && !unsure;
}

/** The columns of a table are as wide as what is in them, and whether it has any may depend on that too. */
function inTable(value: ValuePiece, holders: ReturnType<typeof readHtml>["holders"]): boolean {
  for (let element = holders.get(value); element; element = element.parent)
    if (element.tag === "table" && !isSaidToBeLayout(element.attributes.get("role")?.text)) return true;
  return false;
}

function isSaidToBeLayout(role: string | undefined): boolean {
  return /^\s*(presentation|none)\s*$/i.test(role ?? "");
}

function varies({ href, text }: Link): boolean {
  return /\ue000/.test(href + text);
}

function sameForm(link: Link): (values: Values) => boolean {
  const form = formOfLink(link);
  const [href, text] = [fillerOf(link.href), fillerOf(link.text)];
  return (values) => formOfLink({ href: href(values), text: text(values).replaceAll(" ", "") }) === form;
}
