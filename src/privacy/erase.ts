import type { BatchStore } from "../batches/batch-store.ts";
import type { JobStore } from "../jobs/job-store.ts";
import { mailbox } from "../mail/addresses.ts";
import type { NewsletterStore } from "../newsletters/newsletter-store.ts";
import { eraseBatches } from "./erase-batches.ts";
import { eraseFiles } from "./erase-files.ts";
import { type ErasedJobs, eraseJobs } from "./erase-jobs.ts";
import { type ErasedRecipients, eraseRecipients } from "./erase-recipients.ts";
import { Mentions } from "./mentions.ts";

/** What was kept of an address, and is not any more. */
export interface Erased {
  readonly jobs: ErasedJobs;
  readonly newsletters: ErasedRecipients;
  /** Batches whose key said it, and says it no more. */
  readonly batches: number;
  /** Files of the inbox folder. */
  readonly files: number;
}

export interface ErasePlaces {
  readonly jobs: JobStore;
  readonly ledger: NewsletterStore;
  readonly batches: BatchStore;
  readonly inbox: string;
}

/**
 * Removes or blanks what is kept of one address. Doing it again does no harm.
 * @throws InvalidMailError when it is not one address
 * @throws StoreError
 */
export async function eraseAddress(
  address: string,
  { jobs, ledger, batches, inbox }: ErasePlaces,
): Promise<Erased> {
  const mentions = new Mentions(mailbox(address, "the address to erase").address);
  return {
    // Newsletters first: a job that is removed sends nothing more, and one that begins meanwhile finds the rows blank.
    newsletters: await eraseRecipients(mentions, ledger),
    jobs: await eraseJobs(mentions, jobs),
    batches: await eraseBatches(mentions, batches),
    files: await eraseFiles(mentions, inbox),
  };
}
