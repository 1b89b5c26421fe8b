import { openApp } from "../../app/current-app.ts";
import { type Schedule, scheduleNamed, schedules } from "../../schedules/schedule.ts";
import { type Command, EXIT, NotFoundError, parseFlags, type Terminal, UsageError } from "../command.ts";
import { printable, printJson, printTable } from "../output.ts";

const DONE = { run: "due now", pause: "paused", resume: "resumed" } as const;
type Verb = keyof typeof DONE;

export const schedulesCommand: Command = {
  name: "schedules",
  summary: "list schedules, run them now, pause and resume them",
  help: `schedules [--json]
       delayed-mailer schedules run NAME...
       delayed-mailer schedules pause NAME...
       delayed-mailer schedules resume NAME...

Lists what schedule(...) registered in a file of the mailers' folder: name,
cron expression, time zone, next time, the last time that was stored as a job
or passed by, and whether it is paused.

  --json   one schedule per line

run      a worker performs it once now, beside its own times
pause    its times pass by; a pause is kept in the store, for all workers
resume   it goes on with its next time; those that passed by are not missed

Example: delayed-mailer schedules pause weekly-digest`,
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, { json: { type: "boolean" } });
    const [verb, ...names] = positionals;
    if (verb === undefined || verb === "list") return list(terminal, values.json === true);
    if (isVerb(verb)) return each(names, verb, terminal);
    throw new UsageError(`schedules has no "${verb}". Say list, run, pause or resume.`);
  },
};

function isVerb(text: string): text is Verb {
  return Object.hasOwn(DONE, text);
}

async function list(terminal: Terminal, json: boolean): Promise<number> {
  const paused = schedules().length === 0 ? [] : await (await openApp()).stores.schedules.paused();
  const rows = await Promise.all(schedules().map((schedule) => describe(schedule, paused)));
  if (json) for (const row of rows) printJson(terminal, row);
  else if (rows.length === 0) terminal.out.write("No schedules.\n");
  else
    printTable(
      terminal,
      ["SCHEDULE", "CRON", "TIME ZONE", "MISSED", "NEXT", "LAST", ""],
      rows.map(({ paused: isPaused, ...row }) => [
        ...Object.values(row).map((value) => value ?? ""),
        isPaused ? "paused" : "",
      ]),
    );
  return EXIT.ok;
}

async function describe({ name, cron, timeZone, missed, times }: Schedule, paused: readonly string[]) {
  const last = await (await openApp()).stores.schedules.last(name);
  const next = times.next(new Date());
  return {
    ...{ name, cron, timeZone, missed, next: next?.toISOString(), last: last?.toISOString() },
    paused: paused.includes(name),
  };
}

/** Nothing is done where one of the names is unknown. @throws UsageError | NotFoundError */
async function each(names: readonly string[], verb: Verb, { out }: Terminal): Promise<number> {
  if (names.length === 0) throw new UsageError("Name the schedules; schedules list shows them.");
  const named = names.map(find);
  const acts = (await openApp()).scheduleActs();
  for (const schedule of named) await acts[verb](schedule);
  out.write(`${names.join(", ")} ${DONE[verb]}.\n`);
  return EXIT.ok;
}

/** @throws NotFoundError */
function find(name: string): Schedule {
  const schedule = scheduleNamed(name);
  if (schedule) return schedule;
  throw new NotFoundError(`There is no schedule "${printable(name)}"; schedules list shows them.`);
}
