import type { JobStore } from "../jobs/job-store.ts";
import type { BroadcastLedger } from "../newsletters/newsletter-store.ts";
import type { ScheduleLedger } from "../schedules/schedule-store.ts";
import type { RateLedger } from "../transports/rates/rate-store.ts";

/** What an application keeps its jobs and newsletters in. */
export interface Stores {
  readonly jobs: JobStore;
  readonly ledger: BroadcastLedger;
  readonly rates: RateLedger;
  readonly schedules: ScheduleLedger;
  /** Which store it is, for people; without credentials. */
  readonly description: string;
  /** Creates what is missing. @throws StoreError */
  ensureIndexes(): Promise<void>;
  /** What is missing or different, one line each. @throws StoreError */
  indexDifferences(): Promise<readonly string[]>;
  close(): Promise<void>;
}
