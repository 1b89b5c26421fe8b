import { access, constants } from "node:fs/promises";
import { errorMessage } from "../../errors/error-message.ts";
import { application } from "../../jobs/application.ts";
import type { NewsletterOptions } from "../../jobs/newsletter.ts";
import { callName, EXIT, integerFlag, jsonArray, jsonObject, type Terminal, UsageError } from "../command.ts";
import { mailerNamed } from "../mailers.ts";
import { printable, printJson, startProgress } from "../output.ts";
import { type AudienceRow, readAudienceFile } from "./audience-file.ts";
import type { NewsletterFlags } from "./newsletter-flags.ts";
import { showNewsletter } from "./newsletter-status.ts";
import { showRehearsal } from "./rehearsal-text.ts";
import { windowFlag } from "./window-flag.ts";

/** Bad rows that are printed one by one; all of them are counted. */
const REPORTED_ROWS = 100;

/** Plans a newsletter to the people in a file. @returns the exit code, failed when rows were left out */
export async function sendNewsletter(
  name: string | undefined,
  flags: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  const { mailer, action } = callName(name);
  if (flags.to === undefined) throw new UsageError("Name the file of recipients with --to.");
  const handler = mailerNamed(mailer, action);
  const args = jsonArray("--args", flags.args ?? "[]");
  const file = new AudienceFile(
    flags.to,
    (recipient) => handler.check(action, [recipient, ...args]),
    terminal,
  );
  await checkFile(flags.to);
  const newsletter = await (await application()).broadcast({
    audience: file.goodRows(),
    options: optionsOf(flags),
    handler: handler.name,
    action,
    args,
    params: flags.params === undefined ? {} : jsonObject("--params", flags.params),
  });
  if (file.badRows > 0) terminal.err.write(`${file.badRows} rows were left out.\n`);
  const { recipients, duplicates, refused, chunks } = await newsletter.progress();
  const { id, key } = newsletter;
  const rowsLeftOut = file.badRows + refused;
  if (refused > 0)
    terminal.err.write(
      `${refused} rows name nobody or cannot be stored; newsletter status ${printable(key)} --failures says which.\n`,
    );
  if (flags.rehearse) {
    const shown = await showRehearsal(newsletter, flags, terminal);
    return rowsLeftOut === 0 ? shown : EXIT.failed;
  }
  if (flags.json) printJson(terminal, { id, key, recipients, duplicates, chunks, rowsLeftOut });
  else
    terminal.out.write(
      `${key}: ${recipients} recipients in ${chunks} jobs, ${duplicates} duplicates left out.\n`,
    );
  const shown = flags.wait ? await showNewsletter(id, flags, terminal) : EXIT.ok;
  return rowsLeftOut === 0 ? shown : EXIT.failed;
}

function optionsOf(flags: NewsletterFlags): NewsletterOptions {
  const chunkSize = integerFlag("chunk-size", flags["chunk-size"]);
  const priority = integerFlag("priority", flags.priority);
  return {
    ...(flags.key !== undefined && { key: flags.key }),
    ...(chunkSize !== undefined && { chunkSize }),
    ...(flags.queue !== undefined && { queue: flags.queue }),
    ...(priority !== undefined && { priority }),
    ...(flags.manual && { start: "manual" }),
    ...(flags.rehearse && { rehearse: true }),
    ...timesOf(flags),
  };
}

function timesOf(flags: NewsletterFlags): NewsletterOptions {
  const column = flags["time-zone-column"];
  const { at, "stop-by": stopBy, "time-zone": timeZone, window = [] } = flags;
  return {
    ...(at !== undefined && { at }),
    ...(stopBy !== undefined && { stopBy }),
    ...(timeZone !== undefined && { timeZone }),
    ...(window.length > 0 && { windows: window.map(windowFlag) }),
    ...(column !== undefined && { timeZoneOf: (row) => cellOf(row, column) }),
  };
}

function cellOf(row: unknown, column: string): string | undefined {
  const cell: unknown = typeof row === "object" && row !== null ? Reflect.get(row, column) : undefined;
  return cell === undefined || cell === null ? undefined : String(cell);
}

/** Before anything is stored, so that a slip of the pen leaves no newsletter behind. @throws UsageError */
async function checkFile(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw new UsageError(`The file of recipients cannot be read: ${errorMessage(error)}.`);
  }
}

/** A file of recipients whose bad rows are told to the terminal by line, and left out. */
class AudienceFile {
  readonly #path: string;
  readonly #rows: AsyncIterable<AudienceRow>;
  readonly #check: (recipient: unknown) => Promise<unknown>;
  readonly #terminal: Terminal;
  #badRows = 0;

  constructor(path: string, check: (recipient: unknown) => Promise<unknown>, terminal: Terminal) {
    this.#path = path;
    this.#rows = readAudienceFile(path);
    this.#check = check;
    this.#terminal = terminal;
  }

  get badRows(): number {
    return this.#badRows;
  }

  async *goodRows(): AsyncGenerator<unknown> {
    const progress = startProgress(this.#terminal, "rows read");
    let rows = 0;
    try {
      for await (const row of this.#rows) {
        rows += 1;
        if (rows % 500 === 0) progress.update(rows, rows);
        const problem = "problem" in row ? row.problem : await this.#problemOf(row.recipient);
        if ("recipient" in row && problem === undefined) yield row.recipient;
        else this.#report(row.line, problem ?? "");
      }
      progress.update(rows, rows);
    } finally {
      progress.end();
    }
  }

  async #problemOf(recipient: unknown): Promise<string | undefined> {
    try {
      await this.#check(recipient);
      return undefined;
    } catch (error) {
      return errorMessage(error);
    }
  }

  #report(line: number, problem: string): void {
    this.#badRows += 1;
    if (this.#badRows <= REPORTED_ROWS)
      this.#terminal.err.write(`${this.#path}:${line}: ${printable(problem)}\n`);
    if (this.#badRows === REPORTED_ROWS) this.#terminal.err.write("Further bad rows are only counted.\n");
  }
}
