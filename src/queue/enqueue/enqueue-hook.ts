import { z } from "zod";
import { checkedOptions } from "../../checked-options.ts";
import { queueName } from "../../jobs/delay-options.ts";
import type { EnqueueChanges, JobHooks } from "../../jobs/hooks.ts";
import type { NewJob } from "../../jobs/job-record.ts";

const schema = z.strictObject({
  queue: queueName.optional(),
  priority: z.int32().optional(),
  runAt: z.date().optional(),
  maxAttempts: z.int().min(1).optional(),
  expiresAt: z.date().optional(),
});

/**
 * Lets the `enqueue` hook see a job that is about to be stored, and change how it is queued.
 * @throws InvalidOptionsError when it gives back what cannot be changed, and whatever the hook throws
 */
export async function withEnqueueHook(job: NewJob, hooks: JobHooks | undefined): Promise<NewJob> {
  if (hooks?.enqueue === undefined) return job;
  const changes: EnqueueChanges = (await hooks.enqueue(job)) ?? {};
  const checked = checkedOptions(`the enqueue hook of ${job.handler}.${job.action}`, schema, changes);
  const given = Object.entries(checked).filter(([, value]) => value !== undefined);
  return { ...job, ...Object.fromEntries(given) };
}
