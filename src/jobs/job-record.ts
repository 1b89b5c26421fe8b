import type { JobLimit } from "./job-limit.ts";

/** JSON as it is stored; see queue/stored-value.ts for how other values are written in it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * `ready`: waiting, due at `runAt`. `leased`: held by a worker until `lockedUntil`. `failed`: kept with its reason.
 * `done`: kept only where a retention time is set.
 */
export type JobState = "ready" | "leased" | "failed" | "done";

export const JOB_STATES = ["ready", "leased", "failed", "done"] as const satisfies readonly JobState[];

/** How far a running job is. */
export interface JobProgress {
  /** 0 to 1. */
  readonly share: number;
  readonly text?: string;
  readonly at: Date;
}

/** How one attempt went wrong. */
export interface AttemptError {
  /** Which one, 1 for the first. Absent where nobody said. */
  readonly attempt?: number;
  readonly at: Date;
  /** Message and stack, cut to `MAX_ERROR_TEXT`. */
  readonly error: string;
}

/** How many errors a job keeps, the last ones, and how long the text of each may be, in UTF-16 code units. */
export const KEPT_ERRORS = 10;
export const MAX_ERROR_TEXT = 2_000;

/** A job as every store keeps it. Field names are delayed_job's, camelCased. */
export interface JobRecord {
  /** 24 hex digits, ascending with the time of creation. */
  readonly id: string;
  readonly handler: string;
  readonly action: string;
  /** Written by `encode`, read by `decode` of queue/stored-value.ts. */
  readonly args: readonly Json[];
  /** Written as one value, so an object. */
  readonly params: Json;
  /** How arguments and params are written: `CALL_FORMAT` of what stored them. Absent is 1. */
  readonly format?: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly queue: string;
  /** Lower runs first. */
  readonly priority: number;
  readonly runAt: Date;
  readonly state: JobState;
  /** Counted when the job is claimed, so a job that kills its worker ends too. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** How often a lease of this job ran out, since it last got on. */
  readonly crashes: number;
  /**
   * How many leases may run out before the job is failed as `crashed`. With it an attempt that ended by a lost lease is not counted.
   * @default 3, and such attempts are counted
   */
  readonly maxCrashes?: number;
  readonly createdAt: Date;
  /** At most one live (ready or leased) job has it. */
  readonly uniqueKey?: string;
  /** Jobs that are woken or dropped together, such as the chunks of one newsletter. */
  readonly group?: string;
  /** How long `uniqueKey` stays taken after the job is done, in ms. */
  readonly uniqueFor?: number;
  /** After this the job is failed as `expired` instead of performed. */
  readonly expiresAt?: Date;
  /** How long one attempt may take, in ms; the worker's own limit holds beside it. */
  readonly maxRunTime?: number;
  /** Delays after the first, second, ... failed attempt, in ms; the last one repeats. */
  readonly backoff?: readonly number[];
  /** What an earlier attempt left for the next. */
  readonly checkpoint?: Json;
  /** What an attempt said last of how far it is. */
  readonly progress?: JobProgress;
  /** What all jobs of its key share. */
  readonly limit?: JobLimit;
  /** When it is due, while others of its key are before it: `runAt` is far away then. */
  readonly dueAt?: Date;
  /** How long the job is kept with its result when it is done, in ms. */
  readonly resultFor?: number;
  /** What it gave back, where `resultFor` is set. */
  readonly result?: Json;
  readonly lockedAt?: Date;
  readonly lockedBy?: string;
  readonly lockedUntil?: Date;
  readonly lockToken?: string;
  readonly lastError?: string;
  /** Of its last attempts that counted, the oldest first, at most `KEPT_ERRORS`; those before somebody had it tried again too. */
  readonly errors?: readonly AttemptError[];
  /** A short stable word: `exhausted`, `rejected`, `invalid-arguments`, `unknown-action`, `expired`, `crashed`, ... */
  readonly failReason?: string;
  readonly failedAt?: Date;
  readonly finishedAt?: Date;
}

/** What is needed to insert a job; the store fills in the rest. */
export type NewJob = Pick<
  JobRecord,
  "id" | "handler" | "action" | "args" | "params" | "meta" | "queue" | "priority" | "maxAttempts"
> &
  Partial<
    Pick<
      JobRecord,
      | "format"
      | "uniqueKey"
      | "uniqueFor"
      | "group"
      | "expiresAt"
      | "runAt"
      | "maxRunTime"
      | "backoff"
      | "maxCrashes"
      | "resultFor"
      | "limit"
    >
  >;

export interface JobFilter {
  readonly state?: JobState;
  readonly queue?: string;
  readonly handler?: string;
  readonly action?: string;
  readonly group?: string;
  readonly uniqueKey?: string;
}

export interface JobFind extends JobFilter {
  /** By id, which is by creation; failed jobs by `failedAt`. @default "oldest" */
  readonly order?: "oldest" | "newest";
  /** @default 100 */
  readonly limit?: number;
  readonly offset?: number;
  /** Only jobs that were created after the one of this id, which need not be there any more. */
  readonly after?: string;
}

/** Waiting jobs that are stored in a newer format than this version reads. */
export interface NewerJobs {
  readonly count: number;
  /** The highest. */
  readonly format: number;
  /** When the first of them was stored. */
  readonly oldest: Date;
}

/** Jobs of a queue that nobody works, though it is time. */
export interface OverdueJobs {
  readonly queue: string;
  readonly count: number;
  /** Since when the first of them is due. */
  readonly oldest: Date;
}

/** Waiting jobs whose last attempts ended alike. */
export interface WaitingJobs {
  /** Absent where they were not tried yet. */
  readonly lastError?: string;
  readonly count: number;
  /** When the first of them is due. */
  readonly due: Date;
}

/** How many jobs a queue has in each state, and whether it is paused. */
export type QueueStatus = Readonly<Record<JobState, number>> & {
  readonly name: string;
  readonly paused: boolean;
};
