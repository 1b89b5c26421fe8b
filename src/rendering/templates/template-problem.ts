import type { TemplateFaultKind } from "../../errors/errors.ts";

/** A file below the templates folder, as it was read. */
export interface TemplateFile {
  /** Path below the templates folder, with forward slashes: "user-mailer/welcome.html.hbs". */
  readonly key: string;
  readonly text: string;
}

/** A place in a template file; both numbers from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something wrong at one place of one template file, on its way to become a TemplateProblem or TemplateError. */
export class TemplateFault extends Error {
  readonly key: string;
  readonly place: Place;
  /** Whether the template is wrong for everybody, or only with the values of one mail. */
  readonly kind: TemplateFaultKind;

  constructor(
    message: string,
    key: string,
    place: Place,
    { kind = "template", ...options }: ErrorOptions & { readonly kind?: TemplateFaultKind } = {},
  ) {
    super(message, options);
    this.name = "TemplateFault";
    this.kind = kind;
    this.key = key;
    this.place = place;
  }
}

/** The place of a character in a text. */
export function placeOf(text: string, index: number): Place {
  const starts = lineStartsOf(text);
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= index) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: index - (starts[low] ?? 0) + 1 };
}

/** Where a place is in its text. */
export function offsetOf(text: string, { line, column }: Place): number {
  return (lineStartsOf(text)[line - 1] ?? text.length) + column - 1;
}

/** The last text that was asked about: a file with many faults is asked about as often. */
let known: { readonly text: string; readonly starts: readonly number[] } = { text: "", starts: [0] };

/** Where each line of a text begins. */
function lineStartsOf(text: string): readonly number[] {
  if (known.text === text) return known.starts;
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  known = { text, starts };
  return starts;
}

/** Columns shown of a long line, with the place in their middle. */
const EXCERPT_WIDTH = 100;

/**
 * The line of a place with a caret under it.
 * @example
 *   3 | <p>Hello {{nmae}}</p>
 *     |            ^
 */
export function excerptOf(text: string, { line, column }: Place): string {
  const [from = text.length, to = text.length + 1] = lineStartsOf(text).slice(line - 1, line + 1);
  const source = text
    .slice(from, to - 1)
    .replace(/\r$/, "")
    .replaceAll("\t", " ");
  const start = Math.max(0, Math.min(column - EXCERPT_WIDTH / 2, source.length - EXCERPT_WIDTH));
  const gutter = String(line);
  const margin = " ".repeat(gutter.length);
  const caret = `${" ".repeat(Math.max(0, column - 1 - start))}^`;
  return `  ${gutter} | ${source.slice(start, start + EXCERPT_WIDTH)}\n  ${margin} | ${caret}`;
}
