import { ObjectId } from "bson";
import type { NewJob } from "../job-record.ts";
import type { Call, PerformableSettings } from "../performable.ts";
import type { ResolvedDelay } from "./delay-options.ts";
import { encode } from "./stored-value.ts";

/** What a job gets when neither the call nor its performable says. */
export interface JobDefaults {
  readonly queue: string;
  readonly priority: number;
  readonly maxAttempts: number;
  /** What the jobs of a queue get, by its name. */
  readonly queueAttributes?: QueueAttributes;
}

export type QueueAttributes = Readonly<Record<string, { readonly priority?: number | undefined }>>;

export interface NewJobOptions {
  readonly delay: ResolvedDelay;
  readonly settings: PerformableSettings;
  readonly defaults: JobDefaults;
}

/**
 * A job to insert: the call, written for the store, and how it is queued; the call's options win over the performable's
 * settings, these over the queue's attributes, and these over the defaults.
 * @throws UnstorableValueError
 */
export function newJob(call: Call, { delay, settings, defaults }: NewJobOptions): NewJob {
  const { performable, action, args, params, meta } = call;
  const queue = delay.queue ?? settings.queue ?? defaults.queue;
  const { priority = defaults.priority } = attributesOf(queue, defaults);
  const { uniqueKey, uniqueFor, expiresAt, runAt, maxRunTime, backoff } = delay;
  return {
    id: new ObjectId().toHexString(),
    performable,
    action,
    args: args.map((arg, index) => encode(arg, `${performable}.${action}: args[${index}]`)),
    params: encode(params, `${performable}.${action}: params`),
    meta,
    queue,
    priority: delay.priority ?? settings.priority ?? priority,
    maxAttempts: delay.maxAttempts ?? settings.maxAttempts ?? defaults.maxAttempts,
    ...(uniqueKey !== undefined && { uniqueKey }),
    ...(uniqueFor && { uniqueFor }),
    ...(expiresAt && { expiresAt }),
    ...(runAt && { runAt }),
    ...(maxRunTime !== undefined && { maxRunTime }),
    ...(backoff && { backoff }),
  };
}

function attributesOf(
  queue: string,
  { queueAttributes = {} }: JobDefaults,
): { readonly priority?: number | undefined } {
  return (Object.hasOwn(queueAttributes, queue) ? queueAttributes[queue] : undefined) ?? {};
}
