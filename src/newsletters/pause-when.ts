import type { Events } from "../events.ts";
import type { NewsletterRecord, NewsletterStore } from "./newsletter-store.ts";
import { newsletterCounts } from "./progress.ts";

/** When a newsletter pauses by itself. */
export interface PauseWhen {
  /** More than this part of those who were tried were rejected, 0 to 1. */
  readonly rejected: number;
  /** As soon as so many were tried, since it began or was resumed. */
  readonly after: number;
}

export interface PauseWhenOptions {
  readonly ledger: Pick<NewsletterStore, "find" | "counts" | "pauseBecause">;
  readonly events: Events;
}

/**
 * Pauses a newsletter too many of whose recipients were rejected. They are counted anew after each time, so that a newsletter that was
 * resumed goes on until as many again were tried.
 * @throws StoreError
 */
export async function pauseIfTooManyAreRejected(
  id: string,
  { ledger, events }: PauseWhenOptions,
): Promise<void> {
  const record = await ledger.find(id);
  if (record?.state !== "running" || record.pauseWhen === undefined) return;
  const { after, rejected: most } = record.pauseWhen;
  const now = await triedOf(record, ledger);
  const tried = now.tried - (record.lastPause?.tried ?? 0);
  const rejected = now.rejected - (record.lastPause?.rejected ?? 0);
  if (tried < after || rejected <= most * tried) return;
  const because = `${rejected} of ${tried} recipients were rejected, more than ${percent(most)} (pauseWhen)`;
  if (await ledger.pauseBecause(id, { because, ...now }))
    events.emit("newsletter.paused", { id, key: record.key, reason: because });
}

/** Whose mail a server has taken or refused for good, or nobody can tell. */
async function triedOf(record: NewsletterRecord, ledger: Pick<NewsletterStore, "counts">) {
  const { sent, rejected, failed, unknown } = await newsletterCounts(record, ledger);
  return { tried: sent + rejected + failed + unknown, rejected };
}

function percent(part: number): string {
  return `${Math.round(part * 1_000) / 10} %`;
}
