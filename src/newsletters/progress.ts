import type { NewsletterProgress } from "../jobs/newsletter.ts";
import type { NewsletterRecord, NewsletterStore } from "./newsletter-store.ts";

/** Where a send-out stands, from the sums that are kept with its chunks. */
export async function newsletterProgress(
  ledger: NewsletterStore,
  record: NewsletterRecord,
): Promise<NewsletterProgress> {
  const { sent, rejected, failed, unknown, invalid, stopped, ...counts } = await ledger.counts(record.id);
  const { chunks, recipients, duplicates, refused } = record.totals;
  const final = sent + rejected + failed + unknown + invalid + stopped;
  const left = Math.max(0, recipients - final);
  const isCancelled = record.state === "cancelled";
  const deferred = isCancelled ? 0 : counts.deferred;
  return {
    state: record.state,
    planned: record.planned,
    chunks,
    recipients,
    pending: isCancelled ? 0 : left - deferred,
    sent,
    rejected,
    deferred,
    failed,
    unknown,
    invalid,
    stopped,
    cancelled: isCancelled ? left : 0,
    duplicates,
    refused,
    createdAt: record.createdAt,
    ...(record.finishedAt && { finishedAt: record.finishedAt }),
  };
}
