import type { Terminal } from "./command.ts";

/** One JSON value per line, dates as ISO text. */
export function printJson({ out }: Terminal, value: unknown): void {
  out.write(`${JSON.stringify(value)}\n`);
}

/** @example counted(1, "row", "rows") === "1 row" */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** No column is cut to less, in characters. */
const NARROWEST = 6;
const BETWEEN = 2;

/**
 * Columns padded to their widest cell. On a terminal the table fits it: the widest columns are cut, all but the first, which names the
 * row. Control characters in cells cannot reach the terminal.
 */
export function printTable(
  { out }: Terminal,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const cells = [head, ...rows].map((row) => row.map(printable));
  const wanted = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  const widths = out.isTTY ? fitting(wanted, columnsOf(out)) : wanted;
  for (const row of cells)
    out.write(
      `${row
        .map((cell, column) => cut(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
}

/** Takes from the widest column, one character at a time, until the row fits. */
function fitting(wanted: readonly number[], available: number): readonly number[] {
  const widths = [...wanted];
  const isTooWide = () => widths.reduce((sum, width) => sum + width + BETWEEN, -BETWEEN) > available;
  while (isTooWide()) {
    const widest = widths.reduce(
      (at, width, column) => (column > 0 && width > (widths[at] ?? 0) ? column : at),
      1,
    );
    const width = widths[widest] ?? 0;
    if (width <= NARROWEST) break;
    widths[widest] = width - 1;
  }
  return widths;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function columnsOf(stream: NodeJS.WritableStream): number {
  return "columns" in stream && typeof stream.columns === "number" && stream.columns > 0
    ? stream.columns
    : 80;
}

/** What a store or a server said, made safe to print. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, " ");
}
