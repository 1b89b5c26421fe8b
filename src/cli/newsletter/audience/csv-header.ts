import { parse } from "csv-parse/sync";
import { errorMessage } from "../../../errors/error-message.ts";
import { UsageError } from "../../command.ts";
import type { AudienceText } from "./audience-text.ts";
import type { CsvDialect } from "./csv-dialect.ts";

/** The names of the columns, and `false` for those that have none, which are left out. */
export type CsvHeader = readonly (string | false)[];

/** @throws UsageError when there is no header, or a name stands in it twice */
export function headerOf({ path, head }: AudienceText, { delimiter, headerLine }: CsvDialect): CsvHeader {
  const names = firstRecord(path, head, { delimiter, from_line: headerLine }).map((name) => name.trim());
  if (names.every((name) => name === ""))
    throw new UsageError(
      `${path} has no header line: its first line must name the columns, such as email,name.`,
    );
  const twice = names.findIndex((name, index) => name !== "" && names.indexOf(name) < index);
  if (twice >= 0)
    throw new UsageError(
      `${path}:${headerLine} names the column "${names[twice]}" twice, as column ${names.indexOf(names[twice] ?? "") + 1} and ${twice + 1}: rename one of them.`,
    );
  return names.map((name) => name || false);
}

function firstRecord(
  path: string,
  head: string,
  options: { readonly delimiter: string; readonly from_line: number },
): readonly string[] {
  try {
    const [first = []] = parse(head, { ...options, to: 1, skip_empty_lines: true, relax_quotes: true });
    return first;
  } catch (error) {
    throw new UsageError(
      `The header of ${path} cannot be read: ${errorMessage(error)}. Its first line must name the columns, such as email,name.`,
      { cause: error },
    );
  }
}
