import { SealedPayloadError } from "../../errors/errors.ts";
import { PARKED } from "../../jobs/batch.ts";
import { headline } from "../../jobs/describe-error.ts";
import { parseCallName, registry } from "../../jobs/handler.ts";
import { Job } from "../../jobs/job.ts";
import {
  type AttemptError,
  JOB_STATES,
  type JobFilter,
  type JobState,
  type Json,
} from "../../jobs/job-record.ts";
import { decode } from "../../jobs/stored-value.ts";
import { type Command, EXIT, integerFlag, parseFlags, type Terminal, UsageError } from "../command.ts";
import { counted, printable, printJson, printTable } from "../output.ts";
import { showBatchOf } from "./batch-line.ts";
import { ACTS } from "./jobs-acts.ts";
import { checkJobs } from "./jobs-check.ts";
import { performStored } from "./jobs-perform.ts";
import { printFailureReasons } from "./jobs-reasons.ts";

const FLAGS = {
  state: { type: "string" },
  queue: { type: "string" },
  job: { type: "string" },
  limit: { type: "string" },
  page: { type: "string" },
  all: { type: "boolean" },
  running: { type: "boolean" },
  yes: { type: "boolean" },
  in: { type: "string" },
  at: { type: "string" },
  "max-age": { type: "string" },
  json: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseFlags<typeof FLAGS>>["values"];

export const jobsCommand: Command = {
  name: "jobs",
  summary: "list, show, check, perform, retry, cancel or remove stored jobs",
  help: `jobs VERB [options]

  list                   newest first, 20 a page: --limit N, --page N; why
                         failed ones failed
  show ID                all the store keeps of a job, its whole error included
  perform ID             performs one that waits or failed, here and now, with
                         its log; exit code 1 unless it is done then
  retry ID... | --all    makes failed jobs due now, with all their attempts
  remove ID... | --all   deletes jobs that no worker holds; --all needs --state
  cancel ID...           deletes jobs that wait or run, and aborts what runs
  reschedule ID...       another time: --in 2h, or --at 2026-12-24T08:00:00Z
  check                  for cron: exit code 1 when jobs have been due for
                         longer than --max-age TIME (seconds, or 5m; default
                         300) and nobody works them
  clear                  deletes all jobs, running ones only with --running
remove, cancel and clear ask first; where nobody can be asked they need --yes.

  --state STATE          only jobs that are ready, leased, failed or done
  --queue NAME           only jobs of this queue
  --job NAME             only of this name: UserMailer, UserMailer.welcome
  --json                 JSON instead of words; list prints one job per line

Exit code 1 when a job named is gone or in a state that does not allow it.
Example: delayed-mailer jobs list --state failed`,
  // What is performed needs its handler; what is looked at does not.
  mailers: ([verb]) => (verb === "perform" ? "all" : "some"),
  async run([verb, ...args], terminal) {
    const { values, positionals } = parseFlags(args, FLAGS);
    const filter = filterOf(values);
    if (verb === "check") return checkJobs(values, terminal);
    if (verb === "list") return list(filter, values, terminal);
    if (verb === "show") return show(one(positionals), values, terminal);
    if (verb === "perform") return performStored(positionals, values, terminal);
    const act = verb === undefined || !Object.hasOwn(ACTS, verb) ? undefined : ACTS[verb];
    if (act) return act({ ids: positionals, filter, flags: values, terminal });
    const verbs = `list, show, check, perform, ${Object.keys(ACTS).join(", ")}`;
    throw new UsageError(
      verb
        ? `jobs has no "${verb}". Say one of ${verbs}.`
        : `jobs what? Say one of ${verbs}; jobs --help explains them.`,
    );
  },
};

function filterOf({ state, queue, job }: Values): JobFilter {
  if (state !== undefined && !isState(state))
    throw new UsageError(`--state is one of ${JOB_STATES.join(", ")}, not "${state}".`);
  const { handler, action } = job === undefined ? {} : namedCall(job);
  return {
    ...(state && { state }),
    ...(queue && { queue }),
    ...(handler && { handler }),
    ...(action && { action }),
  };
}

/** The name of a mailer or job by itself may hold a dot. */
function namedCall(name: string): Partial<ReturnType<typeof parseCallName>> {
  return registry.get(name) ? { handler: name } : parseCallName(name);
}

function isState(text: string): text is JobState {
  return JOB_STATES.some((state) => state === text);
}

function one(positionals: readonly string[]): string {
  const [id, ...rest] = positionals;
  if (id && rest.length === 0) return id;
  throw new UsageError("jobs show takes one job id; find it with jobs list.");
}

async function list(filter: JobFilter, { limit, page, json }: Values, terminal: Terminal): Promise<number> {
  const query = Job.where(filter);
  const size = positiveFlag("limit", limit) ?? 20;
  const number = positiveFlag("page", page) ?? 1;
  const jobs = await query.list({ order: "newest", limit: size, offset: size * (number - 1) });
  if (json) {
    for (const job of jobs) printJson(terminal, job);
    return EXIT.ok;
  }
  const count = await query.count();
  if (jobs.length === 0)
    terminal.out.write(
      count === 0
        ? "No jobs.\n"
        : `There ${count === 1 ? "is" : "are"} ${counted(count, "job", "jobs")}, and no page ${number}.\n`,
    );
  else printTable(terminal, HEAD, jobs.map(row));
  const before = size * (number - 1);
  if (jobs.length > 0 && jobs.length < count) {
    const more = before + jobs.length < count ? `; --page ${number + 1} shows the next` : "";
    terminal.out.write(
      `${before + 1} to ${before + jobs.length} of ${counted(count, "job", "jobs")}${more}.\n`,
    );
  }
  await printFailureReasons(filter, terminal);
  return EXIT.ok;
}

const HEAD = ["ID", "STATE", "JOB", "QUEUE", "ATTEMPTS", "RUN AT", "LAST ERROR"];

/** @throws UsageError */
function positiveFlag(flag: string, value: string | undefined): number | undefined {
  const number = integerFlag(flag, value);
  if (number !== undefined && number < 1) throw new UsageError(`--${flag} must be 1 or more, not ${number}.`);
  return number;
}

function row(job: Job): readonly string[] {
  const { maxAttempts } = job.record;
  const error = headline(job.lastError ?? "").slice(0, 200);
  return [
    job.id,
    job.state,
    job.name,
    job.queue,
    `${job.attempts}/${maxAttempts}`,
    job.runAt.getTime() === PARKED.getTime() ? "its batch's end" : `${job.runAt.toISOString().slice(0, 16)}Z`,
    error,
  ];
}

async function show(id: string, { json }: Values, terminal: Terminal): Promise<number> {
  const job = await Job.find(id);
  if (job === undefined) return gone(id, terminal);
  if (json) printJson(terminal, job);
  else {
    for (const [field, value] of Object.entries(job.record))
      terminal.out.write(`${field.padEnd(12)} ${SHOWN_AS[field]?.(job) ?? shown(value)}\n`);
    await showBatchOf(job.record, terminal);
  }
  return EXIT.ok;
}

/** What is told in another form than it is stored. */
const SHOWN_AS: Readonly<Record<string, ((job: Job) => string) | undefined>> = {
  progress: progressOf,
  args: ({ record }) => readable(record.args[0]) ?? shown(record.args),
  checkpoint: ({ record }) => readable(record.checkpoint) ?? shown(record.checkpoint),
  result: ({ record }) => readable(record.result) ?? shown(record.result),
  errors: ({ errors }) => errors.map(errorOf).join("\n             "),
};

/** Where something is encrypted with a key that is not here: what to do about that, and not what is stored. */
function readable(stored: Json | undefined): string | undefined {
  try {
    if (stored !== undefined) decode(stored);
    return undefined;
  } catch (error) {
    return error instanceof SealedPayloadError ? error.message : undefined;
  }
}

function errorOf({ attempt, at, error }: AttemptError): string {
  return `attempt ${attempt ?? "?"}, ${at.toISOString()}: ${shown(error)}`;
}

function progressOf({ progress }: Job): string {
  if (progress === undefined) return "";
  const { share, text = "", at } = progress;
  const words = text === "" ? "" : `, ${printable(text)}`;
  return `${Math.floor(share * 1_000) / 10} %${words} (${at.toISOString()})`;
}

function shown(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "string") return JSON.stringify(value);
  return value.split("\n").map(printable).join("\n             ");
}

function gone(id: string, { err }: Terminal): number {
  err.write(
    `There is no job ${printable(id)}: it is done or was removed, or the id is cut short. jobs list shows those there are.\n`,
  );
  return EXIT.failed;
}
