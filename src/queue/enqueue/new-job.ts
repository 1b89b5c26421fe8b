import { PayloadTooLargeError } from "../../errors/errors.ts";
import type { ResolvedDelay } from "../../jobs/delay-options.ts";
import { type Call, callName, type HandlerSettings } from "../../jobs/handler.ts";
import { limitOf } from "../../jobs/job-limit.ts";
import type { NewJob } from "../../jobs/job-record.ts";
import { newObjectId } from "../../jobs/object-id.ts";
import { CALL_FORMAT, encode, sizeOf } from "../../jobs/stored-value.ts";

/** What a job gets when neither the call nor its handler says. */
export interface JobDefaults {
  readonly queue: string;
  readonly priority: number;
  readonly maxAttempts: number;
  /** How large the arguments and params of one call may be, in bytes. @default 1_000_000 */
  readonly maxPayload?: number;
  /** What the jobs of a queue get, by its name. */
  readonly queueAttributes?: QueueAttributes;
}

export type QueueAttributes = Readonly<Record<string, { readonly priority?: number | undefined }>>;

/** Jobs are read by the hundred, so a call is small, in bytes. */
const MAX_PAYLOAD = 1_000_000;

export interface NewJobOptions {
  readonly delay: ResolvedDelay;
  readonly settings: HandlerSettings;
  readonly defaults: JobDefaults;
}

/**
 * A job to insert: the call, written for the store, and how it is queued; the call's options win over the handler's
 * settings, these over the queue's attributes, and these over the defaults.
 * @throws UnstorableValueError | PayloadTooLargeError
 */
export function newJob(call: Call, { delay, settings, defaults }: NewJobOptions): NewJob {
  const { handler, action, meta } = call;
  const queue = delay.queue ?? settings.queue ?? defaults.queue;
  const { priority = defaults.priority } = attributesOf(queue, defaults);
  const { uniqueKey, uniqueFor, expiresAt, runAt, maxRunTime, backoff } = delay;
  const { resultFor = settings.resultFor } = delay;
  const limit = limitOf(callName(handler, action), delay.limit, { setting: settings.limit, args: call.args });
  const stored = storedCall(call, defaults.maxPayload ?? MAX_PAYLOAD);
  return {
    id: newObjectId(),
    handler,
    action,
    ...stored,
    format: CALL_FORMAT,
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
    ...(resultFor && { resultFor }),
    ...(limit && { limit }),
  };
}

function storedCall(
  { handler, action, args, params }: Call,
  maxPayload: number,
): Pick<NewJob, "args" | "params"> {
  const call = callName(handler, action);
  const stored = {
    args: args.map((arg, index) => encode(arg, `${call}: args[${index}]`)),
    params: encode(params, `${call}: params`),
  };
  const size = sizeOf(stored.args) + sizeOf(stored.params);
  if (size <= maxPayload) return stored;
  throw new PayloadTooLargeError(call, size, maxPayload);
}

function attributesOf(
  queue: string,
  { queueAttributes = {} }: JobDefaults,
): { readonly priority?: number | undefined } {
  return (Object.hasOwn(queueAttributes, queue) ? queueAttributes[queue] : undefined) ?? {};
}
