import type { JobRecord, NewJob } from "../../jobs/job-record.ts";
import type { AttemptOptions } from "../attempt/attempt-result.ts";
import { AttemptSignal } from "../attempt/attempt-signal.ts";
import { performJob } from "../attempt/job-attempt.ts";

export interface PerformedInline {
  readonly record: JobRecord;
  readonly value: unknown;
}

/**
 * Performs a call where it is made, hooks included, as a worker would with one attempt; nothing is stored.
 * @returns the job as it would have been stored, and what it gave back
 * @throws what the job throws, after its `failure` hook
 */
export async function performInline(job: NewJob, options: AttemptOptions): Promise<PerformedInline> {
  const now = new Date(options.now());
  const record: JobRecord = {
    runAt: now,
    ...job,
    state: "leased",
    attempts: 1,
    maxAttempts: 1,
    crashes: 0,
    createdAt: now,
  };
  const performed = await performJob(record, new AttemptSignal(), options);
  await performed.afterwards?.();
  if ("error" in performed) throw performed.error;
  const finishedAt = new Date(options.now());
  const done = { ...record, maxAttempts: job.maxAttempts, state: "done" as const, finishedAt };
  return { record: done, value: performed.value };
}
