import type { z } from "zod";
import type { Duration } from "../jobs/delay-options.ts";
import type { HandlerSettings } from "../jobs/handler.ts";
import type { JobContext } from "../jobs/job-context.ts";
import type { LimitSetting } from "../jobs/job-limit.ts";

type Upcast = (args: readonly unknown[]) => readonly unknown[];

/** How the jobs of one kind are queued and performed unless their call says otherwise. */
export interface JobOptions extends Omit<HandlerSettings, "maxRunTime" | "resultFor"> {
  /** Names under which older jobs of this kind may still be stored. */
  readonly aliases?: readonly string[];
  /** Turns the arguments of jobs that were stored by older code into those of today, before they are checked. */
  readonly upcast?: Upcast;
  /** How long one attempt may take; never longer than the worker's own limit. */
  readonly maxRunTime?: Duration;
  /** How long a job is kept with what it gave back when it is done. Defaults to not at all. */
  readonly keepResult?: Duration;
}

/** The key may depend on the job's arguments. */
interface LimitByArgs<A extends readonly unknown[]> extends Omit<LimitSetting, "key"> {
  readonly key: string | ((...args: A) => string | undefined);
}

/** A plain job: what it takes, and what it does. */
export interface JobDefinition<A extends readonly unknown[], R, C> extends Omit<JobOptions, "limit"> {
  /** How many jobs of one key may run, or begin in a time, in all workers together. Defaults to no limit. */
  readonly limit?: LimitByArgs<A>;
  /** The tuple of its arguments. Defaults to none. */
  readonly args?: z.ZodType<A, A>;
  /** What it saves of itself between attempts. Without it that is `unknown`. */
  readonly checkpoint?: z.ZodType<C, C>;
  /** The work. Its last parameter is the attempt; what it gives back is the job's result. */
  perform(...args: [...args: A, context: JobContext<C>]): R | Promise<R>;
}

/** Whether and how a class's job wants to be known, queued, tried and kept; delayed_job's optional members. Methods or plain values. */
export interface JobMembers {
  /** For `jobs list` and logs. */
  displayName?: string | (() => string);
  queueName?: string | (() => string | undefined);
  maxAttempts?: number | (() => number | undefined);
  maxRunTime?: Duration | (() => Duration | undefined);
  /** When to try again; `attempts` counts the one that failed just now. */
  rescheduleAt?(now: Date, attempts: number): Date;
  destroyFailedJobs?: boolean | (() => boolean | undefined);
}
