import { z } from "zod";
import { InvalidOptionsError } from "../errors.ts";
import type { JobChanges, JobHooks } from "../hooks.ts";
import type { NewJob } from "../job-record.ts";
import { queueName } from "./delay-options.ts";

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
  const changes: JobChanges = (await hooks.enqueue(job)) ?? {};
  const result = schema.safeParse(changes);
  if (!result.success)
    throw new InvalidOptionsError(
      `the enqueue hook of ${job.performable}.${job.action}`,
      result.error.issues.map(({ path, message }) => [...path, message].join(": ")),
    );
  const given = Object.entries(result.data).filter(([, value]) => value !== undefined);
  return { ...job, ...Object.fromEntries(given) };
}
