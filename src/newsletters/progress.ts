import { headline } from "../jobs/describe-error.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { NewsletterProgress, NewsletterWait } from "../jobs/newsletter.ts";
import type { NewsletterRecord, NewsletterStore } from "./newsletter-store.ts";

export interface ProgressOptions {
  readonly ledger: Pick<NewsletterStore, "counts" | "answeredWithin">;
  readonly jobs: Pick<JobStore, "waiting" | "clockOffset">;
}

/** Over how long the rate is taken, in ms. */
const RATE_MS = 60_000;
/** What a first answer counts for at least, in ms: so soon after it the rate is anybody's guess. */
const SHORTEST_MS = 1_000;

/** Where a send-out stands, from the sums that are kept with its chunks, how fast it goes, and what the rest waits for. */
export async function newsletterProgress(
  record: NewsletterRecord,
  { ledger, jobs }: ProgressOptions,
): Promise<NewsletterProgress> {
  const progress = await newsletterCounts(record, ledger);
  const left = progress.pending + progress.deferred;
  const now = Date.now() + jobs.clockOffset;
  const waiting = left === 0 ? [] : await waitsOf(record, now, jobs);
  const { count, ms } = await ledger.answeredWithin(record.id, RATE_MS);
  const rate = record.state === "running" ? count / (Math.max(ms, SHORTEST_MS) / 1_000) : 0;
  const isForeseeable = rate > 0 && record.planned && left > 0;
  return { ...progress, rate, waiting, ...(isForeseeable && { eta: new Date(now + (left / rate) * 1_000) }) };
}

/** The sums alone. */
export async function newsletterCounts(
  record: NewsletterRecord,
  ledger: Pick<NewsletterStore, "counts">,
): Promise<NewsletterProgress> {
  const { pending: _, deferred: put, cancelled: __, ...final } = await ledger.counts(record.id);
  const { chunks, recipients, duplicates, refused } = record.totals;
  const left = Math.max(0, recipients - Object.values(final).reduce((sum, count) => sum + count, 0));
  const { because } = record.lastPause ?? {};
  const isCancelled = record.state === "cancelled";
  const deferred = isCancelled ? 0 : put;
  return {
    state: record.state,
    planned: record.planned,
    chunks,
    recipients,
    pending: isCancelled ? 0 : left - deferred,
    deferred,
    ...final,
    cancelled: isCancelled ? left : 0,
    duplicates,
    refused,
    createdAt: record.createdAt,
    ...(record.finishedAt && { finishedAt: record.finishedAt }),
    ...(record.state === "paused" && because !== undefined && { pausedBecause: because }),
    rate: 0,
    waiting: [],
  };
}

async function waitsOf(
  { id, state, lastPause }: NewsletterRecord,
  now: number,
  jobs: Pick<JobStore, "waiting">,
): Promise<readonly NewsletterWait[]> {
  const why = state === "paused" && lastPause?.because !== undefined ? `: ${lastPause.because}` : "";
  const waits = new Map<string, NewsletterWait>();
  for (const { lastError, count, due } of await jobs.waiting(id)) {
    const isDue = due.getTime() <= now;
    const reason = REASONS[state] ? `${REASONS[state]}${why}` : reasonOf(lastError, isDue);
    const { chunks = 0, until = due } = waits.get(reason) ?? {};
    const first = until < due ? until : due;
    waits.set(reason, {
      reason,
      chunks: chunks + count,
      ...(!isDue && state === "running" && { until: first }),
    });
  }
  return [...waits.values()];
}

/** Why nothing of it goes on, whatever its jobs say. */
const REASONS: Readonly<Partial<Record<NewsletterRecord["state"], string>>> = {
  waiting: "somebody to start it",
  paused: "it is paused",
};

function reasonOf(lastError: string | undefined, isDue: boolean): string {
  if (isDue) return "a free worker";
  if (lastError === undefined) return "its time";
  return headline(lastError)
    .replace(/^\w+: /, "")
    .replace(/^\d+ of \d+ recipients are/, "recipients that were deferred are")
    .replace(/\b\d+ of \d+ recipients wait for a turn/, "a turn of recipients");
}
