import type { JobStore } from "../jobs/job-store.ts";
import { mailbox } from "../mail/addresses.ts";
import type { NewsletterStore } from "../newsletters/newsletter-store.ts";
import { eraseFiles } from "./erase-files.ts";
import { type ErasedJobs, eraseJobs } from "./erase-jobs.ts";
import { type ErasedRecipients, eraseRecipients } from "./erase-recipients.ts";
import { Mentions } from "./mentions.ts";

/** What was kept of an address, and is not any more. */
export interface Erased {
  readonly jobs: ErasedJobs;
  readonly newsletters: ErasedRecipients;
  /** Files of the inbox folder. */
  readonly files: number;
}

export interface ErasePlaces {
  readonly jobs: JobStore;
  readonly ledger: NewsletterStore;
  readonly inbox: string;
}

/**
 * Removes or blanks what is kept of one address. Doing it again does no harm.
 * @throws InvalidMailError when it is not one address
 * @throws StoreError
 */
export async function eraseAddress(address: string, { jobs, ledger, inbox }: ErasePlaces): Promise<Erased> {
  const mentions = new Mentions(mailbox(address, "the address to erase").address);
  return {
    // Newsletters first: a job that is removed sends nothing more, and one that begins meanwhile finds the rows blank.
    newsletters: await eraseRecipients(mentions, ledger),
    jobs: await eraseJobs(mentions, jobs),
    files: await eraseFiles(mentions, inbox),
  };
}
