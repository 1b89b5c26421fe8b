import type { EnqueueRequest } from "../../jobs/application.ts";
import { resolveDelay } from "../../jobs/delay-options.ts";
import type { Registry } from "../../jobs/handler.ts";
import type { Inserted } from "../../jobs/job-store.ts";
import { type Enqueueing, type EnqueueOptions, enqueue, oneSession } from "./enqueue.ts";
import { type JobDefaults, newJob } from "./new-job.ts";

export interface PostOptions extends Omit<EnqueueOptions, "session"> {
  readonly registry: Registry;
  readonly defaults: JobDefaults;
  readonly messageIdDomain: string;
}

/**
 * Checks messages and stores their calls in one write. Nothing is stored when one of them does not pass.
 * @throws InvalidOptionsError | InvalidArgumentsError | UnstorableValueError | UnknownActionError | DuplicateKeyError | StoreError,
 * and what an `enqueue` hook throws
 */
export async function enqueueMessages(
  requests: readonly EnqueueRequest[],
  options: PostOptions,
): Promise<readonly Inserted[]> {
  const jobs = await Promise.all(requests.map((posting) => prepare(posting, options)));
  const session = oneSession(requests.map((posting) => posting.options.session));
  return enqueue(jobs, { ...options, ...session });
}

async function prepare(
  { message, options }: EnqueueRequest,
  { registry, defaults, messageIdDomain, now }: PostOptions,
): Promise<Enqueueing> {
  const { mailer, action, params, settings } = message;
  const delay = resolveDelay(`${mailer}.${action}`, options, now);
  const args = await registry.find(mailer, action).check(action, message.args);
  const meta = message.meta(messageIdDomain, delay.runAt ?? new Date(now()));
  const call = { handler: mailer, action, args, params, meta };
  const { onConflict = "ignore" } = delay;
  return { job: newJob(call, { delay, settings, defaults }), hooks: settings.hooks, onConflict };
}
