import { SingleBar } from "cli-progress";
import type { Terminal } from "./command.ts";

/** One JSON value per line, dates as ISO text. */
export function printJson({ out }: Terminal, value: unknown): void {
  out.write(`${JSON.stringify(value)}\n`);
}

/** Columns padded to their widest cell. Control characters in cells cannot reach the terminal. */
export function printTable(
  { out }: Terminal,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const cells = [head, ...rows].map((row) => row.map(printable));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  for (const row of cells)
    out.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
}

/** What a store or a server said, made safe to print. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, " ");
}

/** How far a long piece of work is: a bar on a terminal, now and then a line elsewhere. */
export interface Progress {
  /** @param total may grow while it is being found out */
  update(done: number, total: number): void;
  end(): void;
}

const LINE_EVERY_MS = 2_000;

export function startProgress({ err }: Terminal, what: string): Progress {
  return err.isTTY ? progressBar(err, what) : progressLines(err, what);
}

function progressBar(stream: NodeJS.WritableStream, what: string): Progress {
  const bar = new SingleBar({
    stream,
    format: `${what} [{bar}] {value}/{total} · {duration_formatted} · {rate}/s`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: false,
  });
  const startedAt = performance.now();
  const rate = (done: number) => Math.round(done / Math.max(0.001, (performance.now() - startedAt) / 1000));
  bar.start(0, 0, { rate: 0 });
  return {
    update: (done, total) => {
      bar.setTotal(total);
      bar.update(done, { rate: rate(done) });
    },
    end: () => bar.stop(),
  };
}

function progressLines(stream: NodeJS.WritableStream, what: string): Progress {
  let printedAt = performance.now();
  let last = "";
  const print = (line: string) => {
    if (line !== last) stream.write(line);
    last = line;
    printedAt = performance.now();
  };
  let latest = "";
  return {
    update: (done, total) => {
      latest = `${what}: ${done} of ${total}\n`;
      if (performance.now() - printedAt >= LINE_EVERY_MS) print(latest);
    },
    end: () => print(latest),
  };
}
