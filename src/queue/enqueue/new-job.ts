import { UnstorableValueError } from "../../errors/errors.ts";
import type { ResolvedDelay } from "../../jobs/delay-options.ts";
import type { Call, HandlerSettings } from "../../jobs/handler.ts";
import type { NewJob } from "../../jobs/job-record.ts";
import { newObjectId } from "../../jobs/object-id.ts";
import { encode, sizeOf } from "../../jobs/stored-value.ts";

/** What a job gets when neither the call nor its handler says. */
export interface JobDefaults {
  readonly queue: string;
  readonly priority: number;
  readonly maxAttempts: number;
  /** What the jobs of a queue get, by its name. */
  readonly queueAttributes?: QueueAttributes;
}

export type QueueAttributes = Readonly<Record<string, { readonly priority?: number | undefined }>>;

/** Of one call, in bytes: jobs are read by the hundred, and a document of MongoDB, its other fields with it, ends at 16 MiB. */
const MAX_CALL = 8 * 1024 * 1024;

export interface NewJobOptions {
  readonly delay: ResolvedDelay;
  readonly settings: HandlerSettings;
  readonly defaults: JobDefaults;
}

/**
 * A job to insert: the call, written for the store, and how it is queued; the call's options win over the handler's
 * settings, these over the queue's attributes, and these over the defaults.
 * @throws UnstorableValueError
 */
export function newJob(call: Call, { delay, settings, defaults }: NewJobOptions): NewJob {
  const { handler, action, meta } = call;
  const queue = delay.queue ?? settings.queue ?? defaults.queue;
  const { priority = defaults.priority } = attributesOf(queue, defaults);
  const { uniqueKey, uniqueFor, expiresAt, runAt, maxRunTime, backoff } = delay;
  const stored = storedCall(call);
  return {
    id: newObjectId(),
    handler,
    action,
    ...stored,
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

function storedCall({ handler, action, args, params }: Call): Pick<NewJob, "args" | "params"> {
  const call = `${handler}.${action}`;
  const stored = {
    args: args.map((arg, index) => encode(arg, `${call}: args[${index}]`)),
    params: encode(params, `${call}: params`),
  };
  const size = sizeOf(stored.args) + sizeOf(stored.params);
  if (size <= MAX_CALL) return stored;
  throw new UnstorableValueError(`${call}: args and params`, `${size} bytes together (at most ${MAX_CALL})`);
}

function attributesOf(
  queue: string,
  { queueAttributes = {} }: JobDefaults,
): { readonly priority?: number | undefined } {
  return (Object.hasOwn(queueAttributes, queue) ? queueAttributes[queue] : undefined) ?? {};
}
