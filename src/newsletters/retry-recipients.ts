import type { JobStore } from "../jobs/job-store.ts";
import { chunkJob } from "./chunk-job.ts";
import { type Finishing, finishNewsletter } from "./finish-newsletter.ts";
import { chunkId, type NewsletterRecord } from "./newsletter-store.ts";
import { failedJobOf } from "./orphans.ts";
import type { ReportedOutcome } from "./outcome.ts";

/**
 * Makes recipients of these outcomes pending again and gives their chunks jobs. Where it ends half-way, doing it again does the rest.
 * @returns how many recipients are tried again
 */
export async function retryRecipients(
  record: NewsletterRecord,
  outcomes: readonly ReportedOutcome[],
  finishing: Finishing & { readonly jobs: JobStore },
): Promise<number> {
  const { ledger, jobs } = finishing;
  const makeRunning = () => ledger.setState(record.id, "running", ["finished"]);
  // Before anybody is pending, so that the caretakers see to it if this process dies.
  await makeRunning();
  let count = 0;
  for (let number = 0; number < record.totals.chunks; number++) {
    const chunk = chunkId(record.id, number);
    const reopened = await ledger.reopen(chunk, outcomes);
    if (reopened === 0) continue;
    count += reopened;
    // A caretaker may have found nothing to do, and finished it again.
    await makeRunning();
    await giveJob(record, chunk, jobs);
  }
  if (count === 0) await finishNewsletter(record.id, finishing);
  return count;
}

/** The job that was given up, where it is kept, so that no failed one is left beside the new one. */
async function giveJob(record: NewsletterRecord, chunk: string, jobs: JobStore): Promise<void> {
  if ((await jobs.liveKeys([chunk])).length > 0) return;
  const failed = await failedJobOf(record.id, chunk, jobs);
  if (!failed || !(await jobs.retry(failed.id))) await jobs.insert([chunkJob(record, chunk)]);
}
