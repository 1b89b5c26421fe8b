import { openApp } from "../../app/current-app.ts";
import type { Duration } from "../../jobs/delay-options.ts";
import { durationMs } from "../../jobs/delay-options.ts";
import type { NewerJobs } from "../../jobs/job-record.ts";
import { Queue } from "../../jobs/queue.ts";
import { EXIT, type Terminal } from "../command.ts";
import { counted, printable, printJson } from "../output.ts";

const MAX_AGE_S = 300;

export interface JobsCheckFlags {
  readonly "max-age"?: string | undefined;
  readonly queue?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * For cron and monitoring: whether jobs are worked, and newsletters get on.
 * @returns the exit code, failed when jobs have been due for too long or wait for a newer version, or a newsletter has recipients whom nobody works on
 */
export async function checkJobs(flags: JobsCheckFlags, terminal: Terminal): Promise<number> {
  const maxAge = ageOf(flags["max-age"]);
  const all = await Queue.overdue(maxAge);
  const overdue = flags.queue === undefined ? all : all.filter(({ queue }) => queue === flags.queue);
  const seconds = maxAge / 1_000;
  const newsletters = flags.queue === undefined ? await (await openApp()).newsletters.stranded() : [];
  const newer = flags.queue === undefined ? await Queue.newer(maxAge) : undefined;
  if (flags.json) printJson(terminal, { maxAge, overdue, newsletters, ...(newer && { newer }) });
  else if (overdue.length === 0) terminal.out.write(`No job has been due for more than ${seconds} s.\n`);
  else
    for (const { queue, count, oldest } of overdue) {
      const jobs = counted(count, "job has", "jobs have");
      terminal.out.write(
        `${printable(queue)}: ${jobs} been due for more than ${seconds} s, the first since ${oldest.toISOString()}.\n`,
      );
    }
  if (newer && !flags.json) terminal.out.write(newerLine(newer));
  if (!flags.json)
    for (const { key, troubles } of newsletters)
      for (const { message } of troubles)
        terminal.out.write(`newsletter ${printable(key)}: ${printable(message)}\n`);
  return overdue.length + newsletters.length === 0 && newer === undefined ? EXIT.ok : EXIT.failed;
}

function newerLine({ count, format, oldest }: NewerJobs): string {
  const jobs = counted(count, "job is", "jobs are");
  return `${jobs} stored in format ${format} by a newer version of delayed-mailer, the first since ${oldest.toISOString()}: deploy that version to the workers.\n`;
}

/** A plain number is seconds, as for delayed_job's `jobs:check[300]`. @throws InvalidOptionsError */
function ageOf(age: string | undefined): number {
  const seconds = Number(age ?? MAX_AGE_S);
  return durationMs("--max-age", Number.isNaN(seconds) ? (age as Duration) : seconds * 1_000);
}
