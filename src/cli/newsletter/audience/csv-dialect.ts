import { UsageError } from "../../command.ts";

/** What programs for tables write between cells, the most usual first. */
const DELIMITERS = [",", ";", "\t", "|"] as const;

export interface CsvDialect {
  readonly delimiter: string;
  /** The line of the header, from 1. */
  readonly headerLine: number;
}

/**
 * How a file is written: as its `sep=` line says, as Excel writes it, or by what its header has most of.
 * @param asked the delimiter that somebody named
 */
export function dialectOf(head: string, asked: string | undefined): CsvDialect {
  const given = /^\s*sep=(.)\r?\n/.exec(head)?.[1];
  const headerLine = given === undefined ? 1 : 2;
  const header =
    head
      .split(/\r?\n/)
      .slice(headerLine - 1)
      .find((line) => line.trim() !== "") ?? "";
  return { delimiter: delimiterFlag(asked) ?? given ?? mostOf(header), headerLine };
}

/** @throws UsageError */
function delimiterFlag(asked: string | undefined): string | undefined {
  if (asked === undefined) return undefined;
  if (asked === "tab" || asked === "\\t") return "\t";
  if (asked.length === 1 && asked !== '"' && asked !== "\n") return asked;
  throw new UsageError(`--delimiter takes one character, or tab, not "${asked}".`);
}

function mostOf(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, "");
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}

/** For people. */
export function nameOfDelimiter(delimiter: string): string {
  return delimiter === "\t" ? "tabs" : `"${delimiter}"`;
}
