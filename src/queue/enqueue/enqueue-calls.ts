import type { EnqueueRequest } from "../../jobs/application.ts";
import { callName } from "../../jobs/call-name.ts";
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
 * Checks calls and stores them in one write. Nothing is stored when one of them does not pass.
 * @throws InvalidOptionsError | InvalidArgumentsError | UnstorableValueError | PayloadTooLargeError | UnknownActionError |
 * DuplicateKeyError | StoreError, and what an `enqueue` hook throws
 */
export async function enqueueCalls(
  requests: readonly EnqueueRequest[],
  options: PostOptions,
): Promise<readonly Inserted[]> {
  const jobs = await Promise.all(requests.map((request) => prepareCall(request, options)));
  const session = oneSession(requests.map((request) => request.options.session));
  return enqueue(jobs, { ...options, ...session });
}

/**
 * Checks one call and writes it as it would be stored.
 * @throws InvalidOptionsError | InvalidArgumentsError | UnstorableValueError | PayloadTooLargeError | UnknownActionError
 */
export async function prepareCall(
  { call, options }: EnqueueRequest,
  {
    registry,
    defaults,
    messageIdDomain,
    now,
  }: Pick<PostOptions, "registry" | "defaults" | "messageIdDomain" | "now">,
): Promise<Enqueueing> {
  const { handler, action, params, settings } = call;
  const delay = resolveDelay(callName(handler, action), options, now);
  const args = await registry.find(handler, action).check(action, call.args);
  const meta = call.meta(messageIdDomain, delay.runAt ?? new Date(now()));
  const { onConflict = "ignore" } = delay;
  const job = newJob({ handler, action, args, params, meta }, { delay, settings, defaults });
  return { job, hooks: settings.hooks, onConflict };
}
