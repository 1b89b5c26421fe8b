import { errorMessage } from "../../errors/error-message.ts";
import type { Duration } from "../../jobs/delay-options.ts";
import { durationMs } from "../../jobs/delay-options.ts";
import { Job } from "../../jobs/job.ts";
import type { JobFilter } from "../../jobs/job-record.ts";
import { EXIT, type Terminal, UsageError } from "../command.ts";
import { isAgreed } from "../confirm.ts";
import { counted, printable, printJson } from "../output.ts";

interface Request {
  readonly ids: readonly string[];
  readonly filter: JobFilter;
  readonly flags: {
    readonly all?: boolean | undefined;
    readonly running?: boolean | undefined;
    readonly yes?: boolean | undefined;
    readonly in?: string | undefined;
    readonly at?: string | undefined;
    readonly json?: boolean | undefined;
  };
  readonly terminal: Terminal;
}

interface Result {
  readonly count: number;
  readonly problems: readonly string[];
}

const NEEDS_STATE = "--all needs --state, such as --state failed; jobs clear removes those of every state.";

/** What `delayed-mailer jobs VERB` does to jobs; each resolves to the exit code. */
export const ACTS: Readonly<Record<string, (request: Request) => Promise<number>>> = {
  async retry(request) {
    const { ids, filter, flags } = request;
    allOrSome(request);
    if (!flags.all) return report(request, "retried", await onEach(ids, (job) => job.retry()));
    if ((filter.state ?? "failed") !== "failed")
      throw new UsageError(
        `retry --all is for failed jobs, not for ${filter.state} ones: leave --state out.`,
      );
    const failed = Job.failed().where(filter);
    const before = await failed.count();
    const count = await failed.retryAll();
    const left = before - count;
    const problems =
      left > 0
        ? [
            `${left} stay failed: other jobs have their unique keys. Wait until those are done, or remove them; then retry.`,
          ]
        : [];
    return report(request, "retried", { count, problems });
  },

  async remove(request) {
    const { ids, filter, flags } = request;
    allOrSome(request);
    if (flags.all && filter.state === undefined) throw new UsageError(NEEDS_STATE);
    if (!(await isRemovalAgreed(request))) return EXIT.failed;
    if (!flags.all) return report(request, "removed", await onEach(ids, (job) => job.remove()));
    return report(request, "removed", { count: await Job.where(filter).removeAll(), problems: [] });
  },

  async cancel(request) {
    if (request.ids.length === 0) throw new UsageError("Name the jobs by id; jobs list shows them.");
    if (!(await isCancelAgreed(request))) return EXIT.failed;
    return report(request, "cancelled", await onEach(request.ids, (job) => job.cancel()));
  },

  async reschedule(request) {
    if (request.ids.length === 0) throw new UsageError("Name the jobs by id; jobs list shows them.");
    const runAt = timeOf(request.flags);
    return report(request, "rescheduled", await onEach(request.ids, (job) => job.reschedule(runAt)));
  },

  async clear(request) {
    const { ids, filter, flags } = request;
    if (ids.length > 0) throw new UsageError("clear takes no ids; remove and cancel do.");
    const running = flags.running === true;
    if (!(await isClearAgreed(request))) return EXIT.failed;
    return report(request, "removed", {
      count: await Job.where(filter).removeAll({ running }),
      problems: [],
    });
  },
};

/** @throws UsageError where there is nobody to ask */
async function isClearAgreed({ filter, flags, terminal }: Request): Promise<boolean> {
  const count = await Job.where(filter).count();
  const question = `Remove ${jobs(count)} for good${flags.running ? "" : ", but for those that run"}?`;
  return isAgreed({ command: "jobs clear", question, yes: flags.yes }, terminal);
}

/** @throws UsageError where there is nobody to ask */
async function isRemovalAgreed({ ids, filter, flags, terminal }: Request): Promise<boolean> {
  const count = flags.all ? await Job.where(filter).count() : ids.length;
  const question = `Remove ${jobs(count)} for good?`;
  return isAgreed({ command: "jobs remove", question, yes: flags.yes }, terminal);
}

/** @throws UsageError where there is nobody to ask */
function isCancelAgreed({ ids, flags, terminal }: Request): Promise<boolean> {
  const question = `Cancel ${jobs(ids.length)} for good?`;
  return isAgreed({ command: "jobs cancel", question, yes: flags.yes }, terminal);
}

function jobs(count: number): string {
  return counted(count, "job", "jobs");
}

/** @throws UsageError */
function allOrSome({ ids, flags }: Request): void {
  if ((flags.all === true) === ids.length > 0)
    throw new UsageError("Name the jobs by id, or say --all, and not both; jobs list shows them.");
}

/** @throws UsageError | InvalidOptionsError */
function timeOf({ in: delay, at }: Request["flags"]): Date {
  if ((delay === undefined) === (at === undefined))
    throw new UsageError("Say --in TIME or --at TIME, and not both: --in 2h, or --at 2026-12-24T08:00:00Z.");
  if (delay !== undefined) return new Date(Date.now() + durationMs("--in", delay as Duration));
  const time = new Date(at ?? "");
  if (Number.isNaN(time.getTime()))
    throw new UsageError(`--at takes a time such as 2026-12-24T08:00:00Z, not "${at}".`);
  return time;
}

async function onEach(ids: readonly string[], act: (job: Job) => Promise<void>): Promise<Result> {
  const found = await Promise.all(ids.map((id) => actOn(id, act)));
  const problems = found.filter((problem) => problem !== undefined);
  return { count: found.length - problems.length, problems };
}

/** @returns the problem, if there was one */
async function actOn(id: string, act: (job: Job) => Promise<void>): Promise<string | undefined> {
  const job = await Job.find(id);
  if (job === undefined)
    return `There is no job ${printable(id)}: it is done or was removed, or the id is cut short. jobs list shows those there are.`;
  try {
    await act(job);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

function report({ flags, terminal }: Request, done: string, { count, problems }: Result): number {
  for (const problem of problems) terminal.err.write(`${problem}\n`);
  if (flags.json) printJson(terminal, { [done]: count, problems });
  else terminal.out.write(`${count} ${count === 1 ? "job" : "jobs"} ${done}.\n`);
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}
