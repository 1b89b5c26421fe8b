import ms, { type StringValue } from "ms";
import { z } from "zod";
import { checkedOptions } from "../checked-options.ts";
import type { LimitOptions } from "./job-limit.ts";

/** Milliseconds, or a number with a unit: "30s", "15 minutes", "2h", "1.5 days", "1w". */
export type Duration = number | `${number}${"" | " "}${DurationUnit}`;

type DurationUnit =
  | "ms"
  | "s"
  | "sec"
  | "second"
  | "seconds"
  | "m"
  | "min"
  | "minute"
  | "minutes"
  | "h"
  | "hour"
  | "hours"
  | "d"
  | "day"
  | "days"
  | "w"
  | "week"
  | "weeks";

/** How one call is queued. Anything not given comes from the mailer, then from the configuration. */
export interface DelayOptions {
  /** Run no earlier than this long from now. Not together with `at`. */
  readonly in?: Duration;
  /** Run no earlier than this. @default now */
  readonly at?: Date;
  /** @default "default" */
  readonly queue?: string;
  /** Lower runs first; may be negative. @default 0 */
  readonly priority?: number;
  /** How often the job is tried before it is kept as failed. @default 25 */
  readonly maxAttempts?: number;
  /** At most one waiting or running job has this key; what becomes of a second call, `onConflict` says. */
  readonly uniqueKey?: string;
  /** Keep the key taken for so long after the job is done: the same mail at most once a day. @default 0 */
  readonly uniqueFor?: Duration;
  /**
   * What to do when the key is taken. `ignore` gives back the job that has it (`job.isNew` is false); `replace` puts this call in its
   * place while it waits, with this call's time, and is an error while it runs; `error` throws DuplicateKeyError.
   * @default "ignore"
   */
  readonly onConflict?: "ignore" | "replace" | "error";
  /** A job still waiting then is failed as `expired` instead of performed. */
  readonly expiresAt?: Date;
  /** How long one attempt may take; never longer than the mailer's or the worker's limit. */
  readonly maxRunTime?: Duration;
  /** When to try again after the first, second, ... failed attempt; the last one repeats. Defaults to the mailer's. */
  readonly backoff?: Duration | readonly Duration[];
  /** How long the job is kept with its result when it is done. Defaults to what its `job()` says, else to not at all. */
  readonly keepResult?: Duration;
  /** How many jobs of one key may run, or begin in a time, in all workers together. Defaults to its handler's, else to no limit. */
  readonly limit?: LimitOptions;
  /** A mongoose session: the job is stored in its transaction, or not at all. MongoDB only. */
  readonly session?: object;
}

/** The longest a job may be put off, in ms: 100 years. What is longer is a mistake in units. */
const MAX_DELAY = 100 * 365.25 * 24 * 3_600_000;

const duration = z.union([z.number(), z.string()]).transform((value, context) => {
  const parsed = typeof value === "number" ? value : parseDuration(value);
  if (parsed !== undefined && parsed >= 0 && parsed <= MAX_DELAY) return parsed;
  context.addIssue({
    code: "custom",
    message: 'must be milliseconds or a text such as "30s", "2h" or "1 day"',
  });
  return z.NEVER;
});

/** Stores and databases write years of four digits. */
const validDate = z
  .date({ error: "must be a valid Date" })
  .refine((date) => date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9_999, {
    message: "must be a Date between the years 1 and 9999",
  });

/** What makes a name usable as a queue in a flag (`--queues a,b`) and in a database. */
export const queueName = z
  .string()
  .regex(
    /^[^\s,*:\p{Cc}\p{Cs}][^\s,:\p{Cc}\p{Cs}]{0,99}$/u,
    "must be 1 to 100 characters without spaces, commas, colons or control characters",
  );

const schema = z
  .strictObject({
    in: duration.optional(),
    at: validDate.optional(),
    queue: queueName.optional(),
    priority: z.int32().optional(),
    maxAttempts: z.int().min(1).max(1_000_000).optional(),
    uniqueKey: z
      .string()
      .min(1)
      .max(512)
      .refine((key) => key.isWellFormed(), "must be text that can be stored: it has half of a character")
      .optional(),
    uniqueFor: duration.optional(),
    onConflict: z.enum(["ignore", "replace", "error"]).optional(),
    expiresAt: validDate.optional(),
    maxRunTime: duration.refine((ms) => ms >= 1, "must be at least 1 ms").optional(),
    backoff: z.union([duration.transform((ms) => [ms]), z.array(duration).min(1).max(1_000)]).optional(),
    keepResult: duration.refine((ms) => ms >= 1, "must be at least 1 ms").optional(),
    limit: z.custom<LimitOptions>().optional(),
    session: z.looseObject({}, { error: "must be a mongoose session" }).optional(),
  })
  .refine((options) => options.in === undefined || options.at === undefined, {
    error: "give `in` or `at`, not both",
  })
  .refine(
    ({ uniqueKey, uniqueFor, onConflict }) =>
      uniqueKey !== undefined || (uniqueFor === undefined && onConflict === undefined),
    { error: "`uniqueFor` and `onConflict` need a `uniqueKey`" },
  );

/** How one call is queued, with its time resolved. */
export interface ResolvedDelay
  extends Omit<DelayOptions, "in" | "at" | "uniqueFor" | "maxRunTime" | "backoff" | "keepResult"> {
  /** Undefined means now, by the store's clock. */
  readonly runAt: Date | undefined;
  /** In ms. */
  readonly uniqueFor?: number;
  /** In ms. */
  readonly maxRunTime?: number;
  /** In ms. */
  readonly backoff?: readonly number[];
  /** In ms. */
  readonly resultFor?: number;
}

/**
 * Checks the options of a delayed call.
 * @throws InvalidOptionsError naming every option that is unknown or out of range
 */
export function resolveDelay(
  where: string,
  options: DelayOptions,
  now: () => number = Date.now,
): ResolvedDelay {
  const { in: delay, at, keepResult: resultFor, ...rest } = checkedOptions(where, schema, options);
  const runAt = delay === undefined ? at : new Date(now() + delay);
  // The session is checked to be an object and otherwise the caller's own.
  return { ...defined({ ...rest, resultFor }), ...(options.session && { session: options.session }), runAt };
}

/** Milliseconds of a duration, or undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^\s*\d+(\.\d+)?\s*[a-z]+\s*$/i.test(text)) return undefined;
  return ms(text.trim() as StringValue);
}

/** @throws InvalidOptionsError */
export function durationMs(where: string, value: Duration): number {
  return checkedOptions(where, duration, value);
}

function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
