import type { ActivityStore } from "../activity/activity-store.ts";
import type { BatchStore } from "../batches/batch-store.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { NewsletterStore } from "../newsletters/newsletter-store.ts";
import type { ScheduleStore } from "../schedules/schedule-store.ts";
import type { RateStore } from "../transports/rates/rate-store.ts";

/** What an application keeps its jobs and newsletters in. */
export interface Stores {
  readonly jobs: JobStore;
  readonly ledger: NewsletterStore;
  readonly batches: BatchStore;
  readonly rates: RateStore;
  readonly schedules: ScheduleStore;
  readonly activity: ActivityStore;
  /** Which store it is, for people; without credentials. */
  readonly description: string;
  /** Creates what is missing. @throws StoreError */
  ensureIndexes(): Promise<void>;
  /** What is missing or different, one line each. @throws StoreError */
  indexDifferences(): Promise<readonly string[]>;
  close(): Promise<void>;
}
