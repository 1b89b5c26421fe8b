import { type Place, placeOf } from "../template-problem.ts";

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
  let left = index;
  for (const part of parts) {
    if (left < part.text.length || part === parts.at(-1)) return originInPart(part, left);
    left -= part.text.length;
  }
  throw new Error("A text without parts.");
}

/** Handlebars strips white space off the ends of a text; `original` is the text as it stands in the file. */
function originInPart({ key, place, node, text }: TextPart, index: number): Origin {
  const original: unknown = node.original;
  const whole = typeof original === "string" ? original : text;
  const { line, column } = placeOf(whole, Math.max(0, whole.indexOf(text)) + index);
  return {
    key,
    place: { line: place.line + line - 1, column: line === 1 ? place.column + column - 1 : column },
  };
}
