import type { NewsletterState } from "../../src/index.ts";
import type { NewsletterStore } from "../../src/newsletters/newsletter-store.ts";
import { outcomeOf, type RecipientOutcome } from "../../src/newsletters/outcome.ts";

/** What the store says of one recipient. */
export interface StoredRecipient {
  readonly recipient: string;
  readonly chunk: string;
  readonly outcome: RecipientOutcome;
}

/** A newsletter as it is in the store. */
export interface StoredNewsletter {
  readonly key: string;
  readonly state: NewsletterState;
  /** Whether its audience was read to its end. */
  readonly planned: boolean;
  readonly recipients: readonly StoredRecipient[];
}

/** All of them, with every recipient. Takes the chunks from whoever has them: for when nobody works any more. */
export async function storedNewsletters(ledger: NewsletterStore): Promise<readonly StoredNewsletter[]> {
  const stored: StoredNewsletter[] = [];
  for (const { id, key, state, planned } of await ledger.list())
    stored.push({ key, state, planned, recipients: await recipientsOf(id, ledger) });
  return stored;
}

/** Everybody in the newsletter's chunks, in order. */
export async function recipientsOf(id: string, ledger: NewsletterStore): Promise<readonly StoredRecipient[]> {
  const recipients: StoredRecipient[] = [];
  for await (const chunk of ledger.chunks(id)) {
    const { outcomes } = await ledger.take(chunk, "reckoning");
    for (const [index, recipient] of chunk.identities.entries())
      recipients.push({ recipient, chunk: chunk.id, outcome: outcomeOf(outcomes[index] ?? 0) });
  }
  return recipients;
}
