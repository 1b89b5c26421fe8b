import type { mongo } from "mongoose";
import type { NewsletterState } from "../../../jobs/newsletter.ts";
import type {
  Chunk,
  LastPause,
  NewNewsletter,
  NewsletterRecord,
  PlanTotals,
  Refusal,
} from "../../../newsletters/newsletter-store.ts";
import type { OutcomeCounts } from "../../../newsletters/outcome.ts";

/** A send-out as it stands in `delayed_newsletters`. */
export interface NewsletterDocument extends Omit<NewNewsletter, "id"> {
  readonly _id: string;
  readonly state: NewsletterState;
  readonly planned: boolean;
  readonly totals: PlanTotals;
  readonly planner?: PlannerLease;
  readonly createdAt: Date;
  readonly finishedAt?: Date;
  readonly lastPause?: LastPause;
}

/** Who plans, since when, and how long without a word. */
export interface PlannerLease {
  readonly token: string;
  readonly since: Date;
  readonly until: Date;
}

/** `delayed_newsletter_chunks`: what the planner writes once. */
export interface ChunkDocument extends Omit<Chunk, "id"> {
  readonly _id: string;
}

/** `delayed_newsletter_states`: what the sender of a chunk writes again and again, so it is small. */
export interface ChunkStateDocument {
  readonly _id: string;
  readonly newsletter: string;
  readonly token: string;
  /** One byte per recipient. */
  readonly outcomes: mongo.Binary;
  readonly counts: OutcomeCounts;
  readonly complete: boolean;
}

/** `delayed_newsletter_answers`: what was answered, packed by the batch. `_id` is `<chunk>:<object id>`, so that a chunk's come in order. */
export interface AnswersDocument {
  readonly _id: string;
  readonly newsletter: string;
  readonly at: Date;
  readonly count: number;
  readonly answers: mongo.Binary;
}

/** `delayed_newsletter_refusals`: rows of the audience that were left out. `_id` is `<newsletter>:<row>`. */
export interface RefusalDocument extends Refusal {
  readonly _id: string;
  readonly newsletter: string;
}

export function toNewsletter({ _id, planner: _, ...rest }: NewsletterDocument): NewsletterRecord {
  return { id: _id, ...rest };
}

export function toChunk({ _id, ...rest }: ChunkDocument): Chunk {
  return { id: _id, ...rest };
}

export function bytesOf(binary: mongo.Binary | undefined): Uint8Array {
  return Uint8Array.from(binary?.value() ?? []);
}
