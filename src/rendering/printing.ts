import Handlebars from "handlebars";

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

  /** What compiled templates call for every escaped expression. */
  readonly print = (value: unknown): string => {
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
}

/** Cuts a text at its marks, once; what it gives puts values in their place. */
export function fillerOf(text: string): (values: readonly string[]) => string {
  const [start = "", ...rest] = text.split(/\ue000(\d+)\ue001/);
  const pieces = rest.flatMap((number, index) =>
    index % 2 === 0 ? [{ number: Number(number), after: rest[index + 1] ?? "" }] : [],
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
function isHtml(value: unknown): boolean {
  return typeof value === "object" && value !== null && "toHTML" in value && Boolean(value.toHTML);
}
