import type { BatchStore } from "../batches/batch-store.ts";
import type { Unread } from "../errors/errors.ts";
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
 * @returns what it did, and the jobs that it could not look into
 * @throws InvalidMailError when it is not one address
 * @throws StoreError
 */
export async function eraseAddress(
  address: string,
  { jobs, ledger, batches, inbox }: ErasePlaces,
): Promise<{ readonly erased: Erased; readonly unread: Unread }> {
  const mentions = new Mentions(mailbox(address, "the address to erase").address);
  // Newsletters first: a job that is removed sends nothing more, and one that begins meanwhile finds the rows blank.
  const newsletters = await eraseRecipients(mentions, ledger);
  const { erased: gone, unread } = await eraseJobs(mentions, jobs);
  const keys = await eraseBatches(mentions, batches);
  const files = await eraseFiles(mentions, inbox);
  return { erased: { newsletters, jobs: gone, batches: keys, files }, unread };
}
