import type { TemplateFaultKind } from "../errors.ts";

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
  const before = text.slice(0, index).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
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
  const source = (text.split(/\r?\n/)[line - 1] ?? "").replaceAll("\t", " ");
  const start = Math.max(0, Math.min(column - EXCERPT_WIDTH / 2, source.length - EXCERPT_WIDTH));
  const gutter = String(line);
  const margin = " ".repeat(gutter.length);
  const caret = `${" ".repeat(Math.max(0, column - 1 - start))}^`;
  return `  ${gutter} | ${source.slice(start, start + EXCERPT_WIDTH)}\n  ${margin} | ${caret}`;
}
