import { z } from "zod";
import { checkedOptions } from "../checked-options.ts";
import { JOB_STATES, type JobFilter, type JobFind, type JobRecord, type JobState } from "./job-record.ts";

const name = z.string("must be a text").optional();

const filter = z.strictObject({
  state: z.enum(JOB_STATES).optional(),
  queue: name,
  handler: name,
  action: name,
  group: name,
  uniqueKey: name,
});

const page = z.strictObject({
  order: z.enum(["oldest", "newest"]),
  limit: z.int().min(0),
  offset: z.int().min(0),
});

/** A filter may come from outside, as from a query string: an object in it would reach MongoDB as an operator. @throws InvalidOptionsError */
export function checkedFilter(given: JobFilter): JobFilter {
  const checked = checkedOptions("Job.where", filter, given);
  return Object.fromEntries(Object.entries(checked).filter(([, value]) => value !== undefined));
}

type Page = Required<Omit<JobFind, keyof JobFilter | "after">>;

/** @throws InvalidOptionsError */
export function checkedPage(given: Page): Page {
  return checkedOptions("Job list", page, given);
}

/** A page of jobs, in the order in which an index of the store holds them, so that it costs what the page is long. */
export interface JobPageRequest {
  /**
   * Without one: all jobs, the newest first. `ready`: as they run, by queue, priority, due time. `leased`: by the end of the lease.
   * `failed` and `done`: what ended last first.
   */
  readonly state?: JobState;
  /** Only jobs of this queue; with state `ready` alone. */
  readonly queue?: string;
  /** The last job of the page before. */
  readonly after?: JobPlace;
  readonly limit: number;
}

/** Where a job stands in such an order. */
export type JobPlace = Pick<
  JobRecord,
  "id" | "queue" | "priority" | "runAt" | "lockedUntil" | "failedAt" | "finishedAt"
>;

/** What a job is ordered by, in each state. */
export const PAGE_ORDER = {
  all: { keys: ["id"], descending: true },
  ready: { keys: ["queue", "priority", "runAt", "id"], descending: false },
  leased: { keys: ["lockedUntil", "id"], descending: false },
  failed: { keys: ["failedAt", "id"], descending: true },
  done: { keys: ["finishedAt", "id"], descending: true },
} as const satisfies Record<
  JobState | "all",
  { readonly keys: readonly (keyof JobPlace)[]; readonly descending: boolean }
>;

/** How many jobs there are, as far as they were counted. */
export interface JobTally {
  /** By state, `most` for that many or more. */
  readonly states: Readonly<Record<JobState, number>>;
  /** Queues that have waiting jobs, by name, at most a hundred; `ready` is `most` for that many or more. */
  readonly queues: readonly QueueTally[];
}

export interface QueueTally {
  readonly queue: string;
  readonly ready: number;
  /** When the first of its waiting jobs is, or was, due. */
  readonly firstAt: Date;
}

/** How many queues a tally tells of, and in how many priorities of each it looks for the first job. */
export const TALLIED_QUEUES = 100;
export const TALLIED_PRIORITIES = 20;
