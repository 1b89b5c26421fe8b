import { z } from "zod";
import { checkedOptions } from "../checked-options.ts";
import { InvalidOptionsError } from "../errors/errors.ts";
import type { Events } from "../events.ts";
import type { JobStore } from "../jobs/job-store.ts";
import {
  NEWSLETTER_OUTCOMES,
  type Newsletter,
  type NewsletterFailure,
  type NewsletterOutcome,
  type NewsletterOutcomesOptions,
  type NewsletterProgress,
  type NewsletterRetryOptions,
  type NewsletterTrouble,
  RETRYABLE_OUTCOMES,
  type RehearsalOptions,
  type RehearsalReport,
} from "../jobs/newsletter.ts";
import { outcomeOfIdentity, recipientOutcomes } from "./answers/recipient-outcomes.ts";
import { defaultIdentity } from "./identity.ts";
import type { NewsletterRecord, NewsletterStore } from "./newsletter-store.ts";
import { newsletterProgress } from "./progress.ts";
import { rehearsalReport } from "./rehearsal/rehearsal-report.ts";
import { removeNewsletter } from "./remove-newsletter.ts";
import { retryRecipients } from "./retry-recipients.ts";
import { isStuck, troublesOf } from "./troubles.ts";

export interface StoredNewsletterOptions {
  readonly ledger: NewsletterStore;
  readonly jobs: JobStore;
  readonly events: Events;
}

const rehearsalSchema = z.strictObject({ most: z.int().min(1).optional() });
const retrySchema = z.strictObject({
  outcomes: z.array(z.enum(RETRYABLE_OUTCOMES)).min(1).default(["failed"]),
});

const outcomesSchema = z.strictObject({
  outcome: z
    .array(z.enum(NEWSLETTER_OUTCOMES))
    .min(1)
    .default([...NEWSLETTER_OUTCOMES]),
});

/** Who has the mail, or is still to get it. */
const NO_FAILURE: readonly NewsletterOutcome["outcome"][] = ["pending", "sent", "rehearsed"];

/** The handle of a stored send-out. */
export class StoredNewsletter implements Newsletter {
  readonly id: string;
  readonly key: string;
  readonly #options: StoredNewsletterOptions;

  constructor({ id, key }: NewsletterRecord, options: StoredNewsletterOptions) {
    this.id = id;
    this.key = key;
    this.#options = options;
  }

  async progress(): Promise<NewsletterProgress> {
    return newsletterProgress(await this.#record(), this.#options);
  }

  async rehearsal(options: RehearsalOptions = {}): Promise<RehearsalReport | undefined> {
    const { most } = checkedOptions(`newsletter ${this.key}: rehearsal`, rehearsalSchema, options);
    const { rehearsal = false } = await this.#record();
    return rehearsal ? rehearsalReport(this.outcomes(), most) : undefined;
  }

  async start(): Promise<void> {
    if (await this.#options.ledger.setState(this.id, "running", ["waiting"]))
      await this.#options.jobs.wakeGroup(this.id);
  }

  async pause(): Promise<void> {
    await this.#options.ledger.setState(this.id, "paused", ["running"]);
  }

  async resume(): Promise<void> {
    if (await this.#options.ledger.setState(this.id, "running", ["paused"]))
      await this.#options.jobs.wakeGroup(this.id);
  }

  async cancel(): Promise<void> {
    if (await this.#options.ledger.setState(this.id, "cancelled", ["waiting", "running", "paused"]))
      await this.#options.jobs.dropGroup(this.id);
  }

  async retry(options: NewsletterRetryOptions = {}): Promise<number> {
    const { outcomes } = checkedOptions(`newsletter ${this.key}: retry`, retrySchema, options);
    const record = await this.#record();
    if (record.state === "cancelled")
      throw new InvalidOptionsError(`newsletter ${this.key}`, [
        "it was cancelled; plan it under another key",
      ]);
    return retryRecipients(record, outcomes, this.#options);
  }

  async delete(): Promise<void> {
    await removeNewsletter(await this.#record(), this.#options);
  }

  outcomes(options: NewsletterOutcomesOptions = {}): AsyncIterable<NewsletterOutcome> {
    const { outcome } = checkedOptions(`newsletter ${this.key}: outcomes`, outcomesSchema, options);
    return this.#outcomes(new Set(outcome));
  }

  async outcomeOf(recipient: string): Promise<NewsletterOutcome | undefined> {
    const record = await this.#record();
    const { ledger } = this.#options;
    const exact = await outcomeOfIdentity(record, recipient, ledger);
    const folded = defaultIdentity(recipient);
    return exact ?? (folded === recipient ? undefined : outcomeOfIdentity(record, folded, ledger));
  }

  async *failures(): AsyncGenerator<NewsletterFailure> {
    const outcome = NEWSLETTER_OUTCOMES.filter((name) => !NO_FAILURE.includes(name));
    for await (const { recipient, outcome: name, code, response } of this.#outcomes(new Set(outcome)))
      yield { recipient, outcome: name, response, ...(code !== undefined && { code }) };
  }

  async troubles(): Promise<readonly NewsletterTrouble[]> {
    return troublesOf(await this.#record(), this.#options);
  }

  async isStuck(): Promise<boolean> {
    const record = await this.#record();
    return isStuck(record, await troublesOf(record, this.#options), this.#options);
  }

  async *#outcomes(wanted: ReadonlySet<NewsletterOutcome["outcome"]>): AsyncGenerator<NewsletterOutcome> {
    const record = await this.#record();
    const { ledger } = this.#options;
    if (wanted.has("refused"))
      for await (const { row, problem } of ledger.refusals(this.id))
        yield { recipient: `row ${row}`, outcome: "refused", response: problem };
    for await (const found of recipientOutcomes(record, ledger)) if (wanted.has(found.outcome)) yield found;
  }

  async #record(): Promise<NewsletterRecord> {
    const record = await this.#options.ledger.find(this.id);
    if (record) return record;
    throw new InvalidOptionsError(`newsletter ${this.key}`, [
      "it is not in the store any more; send it again under another key",
    ]);
  }
}
