import { type Place, placeOf } from "../templates/template-problem.ts";

/**
 * One step of a template from its first character to its last, with all it includes put in place: fixed text, an expression
 * that prints a value, the ends of a branch that data takes or leaves (or repeats), and the ends of an included template.
 */
export type Piece = TextPiece | ValuePiece | BorderPiece;

export interface TextPiece {
  readonly kind: "text";
  readonly parts: TextPart[];
}

/** Text of one node. Comments in the template cut a text in parts that belong together. */
export interface TextPart extends Origin {
  readonly node: hbs.AST.ContentStatement;
  readonly text: string;
  /** Where it begins in the text of its piece. */
  readonly start: number;
  /** Where it begins in the text that stands in the file: Handlebars strips white space off the ends. */
  readonly offset: number;
}

/** A part to be put behind others. */
export function textPart(
  node: hbs.AST.ContentStatement,
  key: string,
  before: readonly TextPart[] = [],
): TextPart {
  const { value: text, loc } = node;
  const last = before.at(-1);
  const start = last === undefined ? 0 : last.start + last.text.length;
  const offset = Math.max(0, writtenAs(node).indexOf(text));
  return { ...originOf(key, loc), node, text, start, offset };
}

/** As it stands in the file. */
function writtenAs({ original, value }: hbs.AST.ContentStatement): string {
  const whole: unknown = original;
  return typeof whole === "string" ? whole : value;
}

export interface ValuePiece extends Origin {
  readonly kind: "value";
  /** Whether html may be printed as it is. */
  readonly raw: boolean;
}

export interface BorderPiece extends Origin {
  readonly kind: "branch" | "end" | "include";
}

/** Where in which file something is written. */
export interface Origin {
  readonly key: string;
  readonly place: Place;
}

export function originOf(key: string, { start }: hbs.AST.SourceLocation): Origin {
  return { key, place: { line: start.line, column: start.column + 1 } };
}

export function textOf({ parts }: TextPiece): string {
  return parts.map(({ text }) => text).join("");
}

/** Where the character at `index` of a text stands in its file. */
export function originIn({ parts }: TextPiece, index: number): Origin {
  let [low, high] = [0, parts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((parts[middle]?.start ?? 0) <= index) low = middle;
    else high = middle;
  }
  const part = parts[low];
  if (part === undefined) throw new Error("A text without parts.");
  return originInPart(part, index - part.start);
}

function originInPart({ key, place, node, offset }: TextPart, index: number): Origin {
  const { line, column } = placeOf(writtenAs(node), offset + index);
  return {
    key,
    place: { line: place.line + line - 1, column: line === 1 ? place.column + column - 1 : column },
  };
}
