import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { NewsletterOutcome } from "../../jobs/newsletter.ts";
import { outcomesCsv } from "../../newsletters/outcomes-csv.ts";
import { EXIT, NotFoundError, type Terminal } from "../command.ts";
import { printable, printJson } from "../output.ts";
import { findNewsletter, outcomesAsked } from "./find-newsletter.ts";
import type { NewsletterFlags } from "./newsletter-flags.ts";

/** What became of everybody, a line for each, in flat memory: as fast as whoever reads it. */
export async function reportNewsletter(
  name: string,
  flags: NewsletterFlags,
  { out }: Terminal,
): Promise<number> {
  const outcome = outcomesAsked(flags.outcomes);
  const newsletter = await findNewsletter(name);
  const outcomes = newsletter.outcomes({ outcome });
  const stay = { end: false };
  if (flags.csv) await pipeline(outcomesCsv(outcomes), out, stay);
  else await pipeline(Readable.from(outcomes), flags.json ? toJson : toLines, out, stay);
  return EXIT.ok;
}

/** What became of one recipient. */
export async function showOutcome(
  name: string,
  recipient: string | undefined,
  { json }: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  const newsletter = await findNewsletter(name);
  const found = recipient === undefined ? undefined : await newsletter.outcomeOf(recipient);
  if (found === undefined)
    throw new NotFoundError(
      `"${printable(recipient ?? "")}" is not a recipient of ${printable(newsletter.key)}; newsletter report lists them.`,
    );
  if (json) printJson(terminal, found);
  else terminal.out.write(`${lineOf(found)}\n`);
  return EXIT.ok;
}

/** One line for people: who, what, the answer, the server's name for the mail, when. */
function lineOf({ recipient, outcome, response, queueId, at }: NewsletterOutcome): string {
  const said = response === "" ? "" : ` ${response}`;
  const queued = queueId === undefined ? "" : ` (queue id ${queueId})`;
  const when = at === undefined ? "" : `, ${at.toISOString()}`;
  return printable(`${recipient}: ${outcome}${said}${queued}${when}`);
}

async function* toLines(rows: AsyncIterable<NewsletterOutcome>): AsyncGenerator<string> {
  for await (const row of rows) yield `${lineOf(row)}\n`;
}

async function* toJson(rows: AsyncIterable<NewsletterOutcome>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}
