import type { JobRecord, NewJob } from "../../jobs/job-record.ts";
import type { AttemptOptions } from "../attempt/attempt-result.ts";
import { AttemptSignal } from "../attempt/attempt-signal.ts";
import { performJob } from "../attempt/perform-job.ts";

/**
 * Performs a call where it is made, hooks included, as a worker would with one attempt; nothing is stored.
 * @returns the job as it would have been stored
 * @throws what the job throws, after its `failure` hook
 */
export async function performInline(job: NewJob, options: AttemptOptions): Promise<JobRecord> {
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
  return { ...record, maxAttempts: job.maxAttempts, state: "done", finishedAt: new Date(options.now()) };
}
