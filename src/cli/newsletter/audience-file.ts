import { createReadStream } from "node:fs";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { parse } from "csv-parse";
import { errorMessage } from "../../errors/error-message.ts";
import { UsageError } from "../command.ts";

/** One row of a file of recipients; `problem` says why it cannot be read. */
export type AudienceRow =
  | { readonly line: number; readonly recipient: Readonly<Record<string, unknown>> }
  | { readonly line: number; readonly problem: string };

/**
 * Streams a file of recipients: CSV with a header line, or one JSON object per line (.jsonl, .ndjson). Rows that cannot be read
 * are reported in their place and the rest goes on.
 * @throws UsageError when the ending is neither
 */
export function readAudienceFile(path: string): AsyncIterable<AudienceRow> {
  const ending = extname(path).toLowerCase();
  if (ending === ".csv") return readCsv(path);
  if (ending === ".jsonl" || ending === ".ndjson") return readJsonLines(path);
  throw new UsageError(`--to takes a .csv, .jsonl or .ndjson file, not "${path}".`);
}

interface CsvRow {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number; readonly error?: Error };
}

async function* readCsv(path: string): AsyncGenerator<AudienceRow> {
  const problems: AudienceRow[] = [];
  const parser = parse({
    bom: true,
    columns: (header: string[]) => header.map((name) => name.trim()),
    info: true,
    trim: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: 1_000_000,
    on_skip: (error) => {
      problems.push({ line: Number(error?.lines ?? 0), problem: error?.message ?? "cannot be read" });
    },
  });
  const file = createReadStream(path);
  file.on("error", (error) => parser.destroy(error));
  for await (const { record, info } of file.pipe(parser) as AsyncIterable<CsvRow>) {
    yield* problems.splice(0);
    yield { line: info.lines, recipient: record };
  }
  yield* problems;
}

async function* readJsonLines(path: string): AsyncGenerator<AudienceRow> {
  const file = createReadStream(path, "utf8");
  let line = 0;
  for await (const text of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() !== "") yield readJsonLine(text, line);
  }
}

function readJsonLine(text: string, line: number): AudienceRow {
  try {
    const recipient: unknown = JSON.parse(text);
    if (typeof recipient === "object" && recipient !== null && !Array.isArray(recipient))
      return { line, recipient: { ...recipient } };
    return { line, problem: "is not a JSON object" };
  } catch (error) {
    return { line, problem: errorMessage(error) };
  }
}
