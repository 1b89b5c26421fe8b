import { extname } from "node:path";
import { UsageError } from "../../command.ts";
import { openAudienceText } from "./audience-text.ts";
import { dialectOf, nameOfDelimiter } from "./csv-dialect.ts";
import { headerOf } from "./csv-header.ts";
import { csvRows } from "./csv-rows.ts";
import { jsonRows } from "./json-rows.ts";

/** One row of a file of recipients; `problem` says why it cannot be read. */
export type AudienceRow =
  | { readonly line: number; readonly recipient: Readonly<Record<string, unknown>> }
  | { readonly line: number; readonly problem: string };

export interface AudienceFileOptions {
  /** What it is written in. Defaults to what its byte order mark says, or UTF-8. */
  readonly encoding?: string | undefined;
  /** Of CSV. Defaults to what the file says, or its header has most of. */
  readonly delimiter?: string | undefined;
}

export interface AudienceFile {
  readonly rows: AsyncIterable<AudienceRow>;
  /** What its columns are, for people; empty where it has none. */
  readonly columns: string;
}

/**
 * Opens a file of recipients: CSV with a header line, or one JSON object per line (.jsonl, .ndjson). Rows that cannot be read are told of in
 * their place and the rest goes on.
 * @throws UsageError when the ending is neither, or the file cannot be read or decoded from its beginning to its end
 */
export async function openAudienceFile(
  path: string,
  { encoding, delimiter }: AudienceFileOptions = {},
): Promise<AudienceFile> {
  const ending = extname(path).toLowerCase();
  const isCsv = ending === ".csv" || ending === ".tsv";
  if (!isCsv && ending !== ".jsonl" && ending !== ".ndjson")
    throw new UsageError(`--to takes a .csv, .tsv, .jsonl or .ndjson file, not "${path}".`);
  const text = await openAudienceText(path, encoding);
  if (!isCsv) return { rows: jsonRows(text), columns: "" };
  const dialect = dialectOf(text.head, delimiter);
  const header = headerOf(text, dialect);
  const names = header.filter((name) => name !== false).join(", ");
  const columns = `The columns of ${path}, which ${nameOfDelimiter(dialect.delimiter)} divide: ${names}`;
  return { rows: csvRows(text, dialect, header), columns };
}
