import { application } from "../../jobs/application.ts";
import type { NewsletterOptions } from "../../jobs/newsletter.ts";
import { callName, EXIT, integerFlag, jsonArray, jsonObject, type Terminal, UsageError } from "../command.ts";
import { mailerNamed } from "../mailers.ts";
import { counted, printable, printJson } from "../output.ts";
import { openAudienceFile } from "./audience/audience-rows.ts";
import { goodRows } from "./audience/good-rows.ts";
import { ProblemList } from "./audience/problem-list.ts";
import type { NewsletterFlags } from "./newsletter-flags.ts";
import { showNewsletter } from "./newsletter-status.ts";
import { showRehearsal } from "./rehearsal-text.ts";
import { windowFlag } from "./window-flag.ts";

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
  const file = await openAudienceFile(flags.to, flags);
  const problems = new ProblemList(flags.to, file.columns, terminal);
  const check = (recipient: unknown) => handler.check(action, [recipient, ...args]);
  const newsletter = await (await application()).broadcast({
    audience: goodRows({ file, problems, check, terminal }),
    options: optionsOf(flags),
    handler: handler.name,
    action,
    args,
    params: flags.params === undefined ? {} : jsonObject("--params", flags.params),
  });
  const { recipients, duplicates, refused, chunks } = await newsletter.progress();
  const { id, key } = newsletter;
  const rowsLeftOut = refused;
  const untold = refused - problems.rows;
  if (untold > 0)
    terminal.err.write(
      `${counted(untold, "row names", "rows name")} nobody or cannot be stored; newsletter status ${printable(key)} --failures says which.\n`,
    );
  if (flags.rehearse) {
    const shown = await showRehearsal(newsletter, flags, terminal);
    return rowsLeftOut === 0 ? shown : EXIT.failed;
  }
  if (flags.json) printJson(terminal, { id, key, recipients, duplicates, chunks, rowsLeftOut });
  else
    terminal.out.write(
      `${key}: ${counted(recipients, "recipient", "recipients")} in ${counted(chunks, "job", "jobs")}, ${counted(duplicates, "duplicate", "duplicates")} left out.\n`,
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
    ...(flags.deduplicate !== undefined && { deduplicate: placeFlag(flags.deduplicate) }),
    ...(flags.queue !== undefined && { queue: flags.queue }),
    ...(priority !== undefined && { priority }),
    ...(flags.manual && { start: "manual" }),
    ...(flags.rehearse && { rehearse: true }),
    ...timesOf(flags),
  };
}

function placeFlag(place: string): "memory" | "store" {
  if (place === "memory" || place === "store") return place;
  throw new UsageError(`--deduplicate takes memory or store, not ${printable(place)}.`);
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
