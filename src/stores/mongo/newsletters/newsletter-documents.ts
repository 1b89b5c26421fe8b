import type { mongo } from "mongoose";
import type { BroadcastState } from "../../../jobs/newsletter.ts";
import type {
  BroadcastRecord,
  Chunk,
  NewBroadcast,
  PlanTotals,
  RecipientNote,
  Refusal,
} from "../../../newsletters/newsletter-store.ts";
import type { OutcomeCounts } from "../../../newsletters/outcome.ts";

/** A send-out as it stands in `delayed_broadcasts`. */
export interface BroadcastDocument extends Omit<NewBroadcast, "id"> {
  readonly _id: string;
  readonly state: BroadcastState;
  readonly planned: boolean;
  readonly totals: PlanTotals;
  readonly planner?: PlannerLease;
  readonly createdAt: Date;
  readonly finishedAt?: Date;
}

/** Who plans, since when, and how long without a word. */
export interface PlannerLease {
  readonly token: string;
  readonly since: Date;
  readonly until: Date;
}

/** `delayed_broadcast_chunks`: what the planner writes once. */
export interface ChunkDocument extends Omit<Chunk, "id"> {
  readonly _id: string;
}

/** `delayed_broadcast_states`: what the sender of a chunk writes again and again, so it is small. */
export interface ChunkStateDocument {
  readonly _id: string;
  readonly broadcast: string;
  readonly token: string;
  /** One byte per recipient. */
  readonly outcomes: mongo.Binary;
  readonly counts: OutcomeCounts;
  readonly complete: boolean;
}

/** `delayed_broadcast_notes`: recipients that did not simply get the mail. `_id` is `<chunk>:<index>`. */
export interface NoteDocument extends RecipientNote {
  readonly _id: string;
  readonly chunk: string;
}

/** `delayed_broadcast_refusals`: rows of the audience that were left out. `_id` is `<broadcast>:<row>`. */
export interface RefusalDocument extends Refusal {
  readonly _id: string;
  readonly broadcast: string;
}

export function toBroadcast({ _id, planner: _, ...rest }: BroadcastDocument): BroadcastRecord {
  return { id: _id, ...rest };
}

export function toChunk({ _id, ...rest }: ChunkDocument): Chunk {
  return { id: _id, ...rest };
}
