import { describeError } from "../../jobs/describe-error.ts";
import { Job } from "../../jobs/job.ts";
import type { JobStore } from "../../jobs/job-store.ts";
import { cut } from "../expected/show.ts";
import { listing } from "../failure-text.ts";
import { callOfJob } from "./captured-lines.ts";
import type { FailedRecipient, PerformedQueue } from "./queue-run.ts";
import type { CaughtError, FailedPerformance } from "./recorder.ts";

const MAX_LINES = 12;
const MAX_WIDTH = 200;

/** What a person needs to know whose queued calls failed. */
export function performanceText({ failures, recipients, errors }: PerformedQueue, store: JobStore): string {
  const attempts = failures.map((failure) => textOfFailure(failure, new Job(failure.job, store)));
  const parts = [
    [`${count(failures.length, "attempt")} failed`, attempts],
    [`${count(recipients.length, "recipient")} of newsletters got no mail`, recipients.map(lineOfRecipient)],
    [
      `${count(errors.length, "error")} of hooks and callbacks, which stopped no mail`,
      errors.map(textOfError),
    ],
  ] as const;
  return [
    ...parts.filter(([, lines]) => lines.length > 0).map(([heading, lines]) => listing(heading, lines)),
    "Pass { allowFailures: true } to performQueued() where failures are what the test is about.",
  ].join("\n\n");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function textOfFailure({ error, ...failure }: FailedPerformance, job: Job): string {
  return `${cut(callOfJob(job), MAX_WIDTH)}, ${whatNow(failure)}\n${withoutStack(error)}`;
}

function textOfError({ where, error }: CaughtError): string {
  return `${where}\n${withoutStack(describeError(error))}`;
}

function withoutStack(error: string): string {
  const lines = error.split("\n").filter((line) => !/^\s+at /.test(line));
  const shown = lines.slice(0, MAX_LINES).map((line) => `     ${cut(line, MAX_WIDTH)}`.trimEnd());
  return shown.join("\n");
}

function whatNow({ job, reason, counted }: Omit<FailedPerformance, "error">): string {
  if (reason !== undefined) return `kept as failed (${reason})`;
  return counted ? `attempt ${job.attempts} of ${job.maxAttempts}, to be tried again` : "put off";
}

function lineOfRecipient({ newsletter, recipient, outcome, response }: FailedRecipient): string {
  return `${recipient}, of the newsletter ${newsletter}: ${outcome}, ${cut(response, MAX_WIDTH)}`;
}
