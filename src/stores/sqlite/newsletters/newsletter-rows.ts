import type { NewsletterState } from "../../../jobs/newsletter.ts";
import type {
  Chunk,
  LastPause,
  NewNewsletter,
  NewsletterRecord,
} from "../../../newsletters/newsletter-store.ts";

export interface NewsletterRow {
  readonly id: string;
  readonly key: string;
  /** The call and how its chunks are queued, as JSON. */
  readonly call: string;
  readonly state: NewsletterState;
  readonly planned: number;
  readonly chunks: number;
  readonly recipients: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly planner_token: string | null;
  readonly planner_since: number | null;
  readonly planner_until: number | null;
  /** As JSON. */
  readonly last_pause: string | null;
  readonly created_at: number;
  readonly finished_at: number | null;
}

export interface ChunkRow {
  readonly id: string;
  readonly newsletter: string;
  readonly number: number;
  readonly time_zone: string | null;
  readonly recipients: string;
  readonly identities: string;
}

export function toNewsletter(row: NewsletterRow): NewsletterRecord {
  const { id, key, state, chunks, recipients, duplicates, refused } = row;
  return {
    ...(JSON.parse(row.call) as Omit<NewNewsletter, "id" | "key">),
    id,
    key,
    state,
    planned: row.planned === 1,
    totals: { chunks, recipients, duplicates, refused },
    createdAt: new Date(row.created_at),
    ...(row.last_pause !== null && { lastPause: JSON.parse(row.last_pause) as LastPause }),
    ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  };
}

export function toChunk({ recipients, identities, time_zone, ...row }: ChunkRow): Chunk {
  return {
    ...row,
    ...(time_zone !== null && { timeZone: time_zone }),
    recipients: JSON.parse(recipients) as Chunk["recipients"],
    identities: JSON.parse(identities) as string[],
  };
}
