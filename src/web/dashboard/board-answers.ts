import type { History, Slot } from "../../activity/activity-store.ts";
import type { JobLimit } from "../../jobs/job-limit.ts";
import type { JobPlace } from "../../jobs/job-list.ts";
import type { JobRecord, JobState } from "../../jobs/job-record.ts";
import type { NewsletterProgress } from "../../jobs/newsletter.ts";

export interface JobsQuestion {
  readonly state?: JobState | undefined;
  readonly queue?: string | undefined;
  /** Words in `Mailer.action`, or the reason of a failure. */
  readonly words?: string | undefined;
  readonly after?: JobPlace | undefined;
  readonly limit: number;
}

export interface JobsAnswer {
  readonly jobs: readonly JobRecord[];
  /** Where the next page begins, unless this is the last. */
  readonly next: JobPlace | undefined;
  /** How many were passed over. */
  readonly passedOver: number;
}

export interface QueueRow {
  readonly queue: string;
  /** `COUNTED` for that many or more. */
  readonly ready: number;
  readonly paused: boolean;
  /** Since when the first of them is due; undefined where nothing is. */
  readonly oldestDue: Date | undefined;
  readonly atOnce: AtOnce;
}

/** How many jobs of a queue run at once at most, as its workers report. */
export interface AtOnce {
  /** Of all its workers together. */
  readonly jobs: number;
  /** How many take from it. */
  readonly workers: number;
  /** Whether one of them has a limit for this queue, and not for all its jobs alone. */
  readonly isLimited: boolean;
}

/** The limit of a key behind which jobs wait. */
export interface KeyLimitRow {
  readonly limit: JobLimit;
  /** `COUNTED` for that many or more. */
  readonly behind: number;
}

export interface KeyLimitsAnswer {
  readonly limits: readonly KeyLimitRow[];
  /** Whether jobs wait behind other keys too. */
  readonly isMore: boolean;
}

export interface ScheduleRow {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly next: Date | undefined;
  readonly last: Date | undefined;
  readonly paused: boolean;
}

export interface NewsletterRow {
  readonly id: string;
  readonly key: string;
  readonly progress: NewsletterProgress;
}

/** What was done in a day or a month. */
export interface Activity {
  readonly history: History;
  readonly slots: readonly Slot[];
  /** The store's time when it was read. */
  readonly now: Date;
}

export interface NewslettersAnswer {
  readonly newsletters: readonly NewsletterRow[];
  /** The id after which the next page begins, unless this is the last. */
  readonly next: string | undefined;
}
