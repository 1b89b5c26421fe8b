import type { JobStore } from "../src/jobs/job-store.ts";
import type { NewsletterStore } from "../src/newsletters/newsletter-store.ts";
import type { Fault } from "./faults/fault.ts";

/** A store, a way to it that faults do not touch, and what can be done to it. */
export interface StoreUnderStress {
  readonly name: string;
  /** What the processes of the application have in their environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For the parent, which looks and pauses queues. */
  readonly jobs: JobStore;
  /** Of newsletters; for the parent too. */
  readonly ledger: NewsletterStore;
  /** How long after a lease ran out it may be freed at the earliest, in ms. */
  readonly reapMarginMs: number;
  /** A file whose write lock another program can hold. */
  readonly lockFile?: string;
  readonly faults: Readonly<Record<string, Fault>>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** Its own, and removed by the caller. */
  readonly folder: string;
  readonly leaseMs: number;
}
