import type { Events } from "../events.ts";
import type { NewsletterStore } from "./newsletter-store.ts";
import { newsletterCounts } from "./progress.ts";

export interface Finishing {
  readonly ledger: NewsletterStore;
  readonly events: Events;
}

/** Finishes a send-out when nothing of it is left; exactly one of those that try tells so. */
export async function finishNewsletter(id: string, { ledger, events }: Finishing): Promise<void> {
  if (!(await ledger.finish(id))) return;
  const record = await ledger.find(id);
  if (record)
    events.emit("newsletter.finished", {
      id,
      key: record.key,
      progress: await newsletterCounts(record, ledger),
    });
}
