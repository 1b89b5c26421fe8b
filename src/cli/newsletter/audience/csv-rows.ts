import { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import type { AudienceRow } from "./audience-rows.ts";
import type { AudienceText } from "./audience-text.ts";
import type { CsvDialect } from "./csv-dialect.ts";
import type { CsvHeader } from "./csv-header.ts";

type Row = Readonly<Record<string, string>>;

interface CsvRow {
  readonly record: Row;
  readonly info: { readonly lines: number };
}

/** A value with more line breaks than this is rather one whose quote was never meant to open. */
const MOST_BREAKS = 50;
/** A record with more characters than this is none. */
const LONGEST_RECORD = 1_000_000;

/** The rows of a CSV file, and in their place what cannot be read, with the line on which that begins and how many are in doubt. */
export async function* csvRows(
  text: AudienceText,
  { delimiter, headerLine }: CsvDialect,
  header: CsvHeader,
): AsyncGenerator<AudienceRow> {
  const faults = new CsvFaults(headerLine);
  const parser = parse({
    delimiter,
    columns: [...header],
    from_line: headerLine,
    from: 2,
    info: true,
    trim: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LONGEST_RECORD,
    on_record: (row: CsvRow) => (faults.isRow(row) ? row : null),
    on_skip: (error) => {
      faults.note(error);
    },
  });
  const counter = new LineCounter(text.chunks());
  const chunks = Readable.from(counter);
  chunks.on("error", (error) => parser.destroy(error));
  for await (const { record, info } of chunks.pipe(parser) as AsyncIterable<CsvRow>) {
    yield* faults.take();
    yield { line: info.lines, recipient: record };
  }
  faults.end(counter.lines);
  yield* faults.take();
}

/** What is wrong with a file, as its parser comes by it. */
class CsvFaults {
  /** Up to this line everything is read, or told of. */
  #line: number;
  #found: AudienceRow[] = [];

  constructor(headerLine: number) {
    this.#line = headerLine;
  }

  take(): readonly AudienceRow[] {
    return this.#found.splice(0);
  }

  /** @returns false for a record that is none: an empty row, as Excel leaves them, or what a stray quote has swallowed */
  isRow({ record, info: { lines: line } }: CsvRow): boolean {
    this.#line = line;
    const values = Object.values(record);
    if (values.every((value) => value === "")) return false;
    const breaks = Math.max(...values.map((value) => value.split("\n").length - 1));
    if (breaks <= MOST_BREAKS) return true;
    this.#tellOfQuote(line - breaks, line, `is closed only on line ${line}`);
    return false;
  }

  note(error: CsvError | undefined): void {
    const first = this.#line + 1;
    const last = Number(error?.lines ?? first);
    this.#line = Math.max(this.#line, last);
    if (last > first || isOpen(error)) this.#tellOfQuote(first, last, ending(error, last));
    else this.#found.push({ line: last, problem: `cannot be read: ${error?.message ?? "it is no row"}` });
  }

  /** The parser may stop without a word after a quote that closes where none should. @param lines that the file has */
  end(lines: number): void {
    const left = lines - this.#line;
    if (left <= 0) return;
    const problem = `${rows(left)} from here to the end are not read, because of the quote before them`;
    this.#found.push({ line: this.#line + 1, problem });
  }

  #tellOfQuote(first: number, last: number, how: string): void {
    const problem = `a quote opens here and ${how}: ${rows(last - first + 1)} in doubt. Take it out, or write it twice ("")`;
    this.#found.push({ line: first, problem });
  }
}

function isOpen(error: CsvError | undefined): boolean {
  return error?.code === "CSV_QUOTE_NOT_CLOSED";
}

function ending(error: CsvError | undefined, last: number): string {
  return isOpen(error) ? "is never closed" : `is closed within a value on line ${last}`;
}

function rows(count: number): string {
  return count === 1 ? "1 row is" : `${count} rows are`;
}

/** Passes text on and counts its lines. */
class LineCounter {
  readonly #chunks: AsyncIterable<string>;
  #breaks = 0;
  #endsOpen = false;

  constructor(chunks: AsyncIterable<string>) {
    this.#chunks = chunks;
  }

  get lines(): number {
    return this.#breaks + (this.#endsOpen ? 1 : 0);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for await (const text of this.#chunks) {
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#breaks += 1;
      if (text !== "") this.#endsOpen = !text.endsWith("\n");
      yield text;
    }
  }
}
