import Handlebars from "handlebars";
import { textFault } from "../mail/field-faults.ts";
import { encodeValue } from "../mail/quoted-printable.ts";
import { TemplateFault } from "./templates/template-problem.ts";

/** Html whose values are still apart: `\uE0000\uE001` stands for the first, and so on. */
export interface Skeleton {
  readonly html: string;
  readonly values: readonly string[];
}

/** Values that mean the same to every reader of html: words with single spaces between them. */
const PLAIN = /^[^\s\p{Cc}\u200b\ue000\ue001]+(?: [^\s\p{Cc}\u200b\ue000\ue001]+)*$/u;

/** Prints the values of html templates, and watches what it prints. Rendering is one synchronous step, so one is enough. */
export class Printing {
  #html = false;
  #values: string[] | undefined;
  #encoding = false;
  #doubtful = false;

  /**
   * What compiled templates call for every expression but those in three braces.
   * @param place "line:column:file" of the expression, where what says nothing is an error
   * @param plain whether it is for text or a subject
   * @throws TemplateFault
   */
  readonly print = (value: unknown, place?: string, plain = false): string => {
    if (place !== undefined) refuseUnprintable(value, place);
    if (this.#encoding) return this.#encoded(value, plain);
    if (plain) return plainText(value);
    if (isHtml(value)) this.#html = true;
    else if (this.#values !== undefined && isPlain(value)) return mark(this.#values.push(String(value)) - 1);
    return Handlebars.escapeExpression(value as string);
  };

  /** @returns what `fill` gives, and whether html was printed where a value was expected */
  watch(fill: () => string): { readonly text: string; readonly html: boolean } {
    this.#html = false;
    const text = fill();
    return { text, html: this.#html };
  }

  /**
   * Fills a template whose texts are quoted-printable, with values that are, too.
   * @returns undefined where its output, encoded, is another: html was printed where a value was expected, or a value is read otherwise
   * together with what stands beside it
   */
  encode(fill: () => string): string | undefined {
    this.#encoding = true;
    this.#doubtful = false;
    try {
      const encoded = fill();
      return this.#doubtful ? undefined : encoded;
    } finally {
      this.#encoding = false;
    }
  }

  /** What is being encoded cannot be. */
  doubt(): void {
    this.#doubtful = true;
  }

  /** Fills with marks in place of plain values. Those that are not plain stand in the html as they are. */
  collect(fill: () => string): Skeleton {
    const values: string[] = [];
    this.#values = values;
    try {
      return { html: fill(), values };
    } finally {
      this.#values = undefined;
    }
  }

  #encoded(value: unknown, plain: boolean): string {
    if (!plain && isHtml(value)) {
      this.#doubtful = true;
      return "";
    }
    const text = plain ? plainText(value) : Handlebars.escapeExpression(value as string);
    // A CR makes one line's end with an LF after it, and half a character a whole one with its other half.
    if (text.includes("\r") || textFault(text) !== undefined) this.#doubtful = true;
    return encodeValue(text);
  }
}

function plainText(value: unknown): string {
  return isHtml(value) ? String(value.toHTML()) : String(value ?? "");
}

/**
 * Cuts a text at its marks, once; what it gives puts values in their place.
 * @param write how what stands between them is written
 */
export function fillerOf(
  text: string,
  write: (text: string) => string = (same) => same,
): (values: readonly string[]) => string {
  const [first = "", ...rest] = text.split(/\ue000(\d+)\ue001/);
  const start = write(first);
  const pieces = rest.flatMap((number, index) =>
    index % 2 === 0 ? [{ number: Number(number), after: write(rest[index + 1] ?? "") }] : [],
  );
  return (values) => {
    let filled = start;
    for (const { number, after } of pieces) filled += (values[number] ?? "") + after;
    return filled;
  };
}

function mark(number: number): string {
  return `\ue000${number}\ue001`;
}

function isPlain(value: unknown): value is string | number {
  return typeof value === "number" || (typeof value === "string" && PLAIN.test(value));
}

/** What Handlebars prints without escaping it: a SafeString, or anything else that says so. */
function isHtml(value: unknown): value is { toHTML(): unknown } {
  return typeof value === "object" && value !== null && "toHTML" in value && Boolean(value.toHTML);
}

/** @throws TemplateFault for what would stand in the mail as nothing, as "[object Object]", or as a date of this machine */
function refuseUnprintable(value: unknown, place: string): void {
  const problem = unprintable(value);
  if (problem === undefined) return;
  const [line = "", column = "", key = ""] = /^(\d+):(\d+):(.*)$/s.exec(place)?.slice(1) ?? [];
  const at = { line: Number(line), column: Number(column) };
  throw new TemplateFault(problem, key, at, { kind: "values" });
}

function unprintable(value: unknown): string | undefined {
  if (typeof value === "string") return unprintableText(value);
  if (typeof value === "number")
    return Number.isFinite(value) ? undefined : `this is ${value}, which is no number`;
  if (value === undefined) return "this is undefined (pass null where there may be nothing)";
  if (value instanceof Date)
    return "this is a Date, which prints as this machine would write it: use {{date ...}}";
  if (typeof value !== "object" || value === null || isHtml(value)) return undefined;
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (parts.some(saysNothing)) return "this is an object, which has no text to print: name a property of it";
  const [inner] = Array.isArray(value) ? parts.flatMap((part) => unprintablePart(part) ?? []) : [];
  return inner;
}

function unprintablePart(part: unknown): string | undefined {
  return typeof part === "string" || typeof part === "number" ? unprintable(part) : undefined;
}

function unprintableText(text: string): string | undefined {
  const fault = textFault(text);
  return fault === undefined ? undefined : `this holds ${fault}`;
}

/** An ObjectId or a URL has a text of its own. */
function saysNothing(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return !("toString" in value) || value.toString === Object.prototype.toString;
}
