import { InvalidOptionsError } from "../errors/errors.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { NewsletterRecord, NewsletterStore } from "./newsletter-store.ts";

export interface Removing {
  readonly ledger: Pick<NewsletterStore, "remove">;
  readonly jobs: Pick<JobStore, "removeAll">;
}

/**
 * Removes an ended newsletter, its recipients, their outcomes and its jobs. Where it ends half-way, doing it again does the rest.
 * @throws InvalidOptionsError while it has not ended
 */
export async function removeNewsletter(
  { id, key }: Pick<NewsletterRecord, "id" | "key">,
  { ledger, jobs }: Removing,
): Promise<void> {
  if (!(await ledger.remove(id)))
    throw new InvalidOptionsError(`newsletter ${key}`, ["it has not ended; cancel it before you delete it"]);
  await jobs.removeAll({ group: id }, { running: true });
}
