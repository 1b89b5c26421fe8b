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
}

export interface NewJobOptions {
  readonly delay: ResolvedDelay;
  readonly settings: PerformableSettings;
  readonly defaults: JobDefaults;
}

/**
 * A job to insert: the call, written for the store, and how it is queued; the call's options win over the performable's
 * settings, and these over the defaults.
 * @throws UnstorableValueError
 */
export function newJob(call: Call, { delay, settings, defaults }: NewJobOptions): NewJob {
  const { performable, action, args, params, meta } = call;
  const { uniqueKey, expiresAt, runAt } = delay;
  return {
    id: new ObjectId().toHexString(),
    performable,
    action,
    args: args.map((arg, index) => encode(arg, `${performable}.${action}: args[${index}]`)),
    params: encode(params, `${performable}.${action}: params`),
    meta,
    queue: delay.queue ?? settings.queue ?? defaults.queue,
    priority: delay.priority ?? settings.priority ?? defaults.priority,
    maxAttempts: delay.maxAttempts ?? settings.maxAttempts ?? defaults.maxAttempts,
    ...(uniqueKey !== undefined && { uniqueKey }),
    ...(expiresAt && { expiresAt }),
    ...(runAt && { runAt }),
  };
}
