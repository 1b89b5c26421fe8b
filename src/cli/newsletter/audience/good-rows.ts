import { errorMessage } from "../../../errors/error-message.ts";
import { UnfitRow } from "../../../newsletters/unfit-row.ts";
import type { Terminal } from "../../command.ts";
import { startProgress } from "../../progress.ts";
import type { AudienceFile } from "./audience-rows.ts";
import { ColumnNames } from "./column-names.ts";
import type { ProblemList } from "./problem-list.ts";

export interface GoodRowsOptions {
  readonly file: AudienceFile;
  readonly problems: ProblemList;
  /** @throws what does not fit about a row */
  readonly check: (recipient: unknown) => Promise<unknown>;
  readonly terminal: Terminal;
}

/** The rows of a file. Those that do not fit the action are told of, and are `UnfitRow`. */
export async function* goodRows({
  file,
  problems,
  check,
  terminal,
}: GoodRowsOptions): AsyncGenerator<unknown> {
  const progress = startProgress(terminal, "rows read");
  const names = new ColumnNames();
  let rows = 0;
  const unfit = (line: number, problem: string) => {
    problems.add(line, problem);
    return new UnfitRow(problem);
  };
  const problemOf = (row: unknown) =>
    check(row).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
  try {
    for await (const row of file.rows) {
      rows += 1;
      if (rows % 500 === 0) progress.update(rows, rows);
      if ("problem" in row) {
        yield unfit(row.line, row.problem);
        continue;
      }
      let recipient = names.rename(row.recipient);
      let problem = await problemOf(recipient);
      if (problem !== undefined && names.learn(recipient, problem.error)) {
        recipient = names.rename(row.recipient);
        problem = await problemOf(recipient);
        terminal.err.write(`${names.told}.\n`);
      }
      yield problem === undefined ? recipient : unfit(row.line, errorMessage(problem.error));
    }
    progress.update(rows, rows);
  } finally {
    progress.end();
    problems.end();
  }
}
