import { openApp } from "../../app/current-app.ts";
import { type Schedule, schedules } from "../../schedules/schedule.ts";
import { type Command, EXIT, parseFlags } from "../command.ts";
import { printJson, printTable } from "../output.ts";

export const schedulesCommand: Command = {
  name: "schedules",
  summary: "list schedules, with their next and last times",
  help: `schedules [--json]

Lists what schedule(...) registered in a file of the mailers' folder: name,
cron expression, time zone, next time, and the last time that was stored as a
job.

  --json   one schedule per line

Example: delayed-mailer schedules`,
  async run(args, terminal) {
    const { values } = parseFlags(args, { json: { type: "boolean" } });
    const rows = await Promise.all(schedules().map(describe));
    if (values.json) for (const row of rows) printJson(terminal, row);
    else if (rows.length === 0) terminal.out.write("No schedules.\n");
    else
      printTable(
        terminal,
        ["SCHEDULE", "CRON", "TIME ZONE", "MISSED", "NEXT", "LAST"],
        rows.map((row) => Object.values(row).map((value) => value ?? "")),
      );
    return EXIT.ok;
  },
};

async function describe({ name, cron, timeZone, missed, times }: Schedule) {
  const last = await (await openApp()).stores.schedules.last(name);
  const next = times.next(new Date());
  return { name, cron, timeZone, missed, next: next?.toISOString(), last: last?.toISOString() };
}
