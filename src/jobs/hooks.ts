import type { Job } from "./job.ts";
import type { NewJob } from "./job-record.ts";

/** What an `enqueue` hook may change of a job that is about to be stored. */
export type EnqueueChanges = Partial<
  Pick<NewJob, "queue" | "priority" | "runAt" | "maxAttempts" | "expiresAt">
>;

type Done = void | Promise<void>;

/**
 * What a mailer does at the stations of its jobs; delayed_job's hooks.
 *
 * In order: `enqueue`; then at every attempt `before`, the mail, and `success` and `after`, or `error` and `after`; and `failure`
 * when the job is given up. Only `enqueue` and `before` can stop a mail: by the time the others run, what happened is recorded or
 * about to be, so an error of theirs is an event (`hook.failed`) and never sends a mail again.
 */
export interface JobHooks {
  /** Before the call is stored. What it gives back changes how it is queued; throwing refuses the call. */
  enqueue?(job: NewJob): EnqueueChanges | undefined | Promise<EnqueueChanges | undefined>;
  /** Before each attempt. Throwing fails the attempt: nothing is sent. */
  before?(job: Job): Done;
  /** When the store has recorded that the job is done. */
  success?(job: Job): Done;
  /** When an attempt failed, before that is recorded. */
  error?(job: Job, error: unknown): Done;
  /** At the end of every attempt that began, whatever became of it. */
  after?(job: Job): Done;
  /** When the store has recorded that the job is given up. */
  failure?(job: Job, error: unknown): Done;
}
