import type { Json } from "../jobs/job-record.ts";
import type { NewsletterState } from "../jobs/newsletter.ts";
import type { PackedAnswers } from "./answers/answer-log.ts";
import type { Meeting } from "./fingerprint-set.ts";
import type { OutcomeCounts, ReportedOutcome } from "./outcome.ts";
import type { PauseWhen } from "./pause-when.ts";
import type { Timing } from "./timing/timing.ts";

/** One send-out. */
export interface NewsletterRecord {
  readonly id: string;
  /** Unique. */
  readonly key: string;
  readonly handler: string;
  readonly action: string;
  /** The arguments after the recipient, written as a job's. */
  readonly args: readonly Json[];
  readonly params: Json;
  /** `seed` and `domain` of the recipients' Message-IDs, and their `date`: the same at every attempt. */
  readonly meta: Readonly<Record<string, string>>;
  readonly queue: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly chunkSize: number;
  /** No worker ever sends its mails. */
  readonly rehearsal?: true;
  /** It is `waiting` until somebody starts it. */
  readonly start?: "manual";
  /** When its mails may be sent. Defaults to always. */
  readonly timing?: Timing;
  /** Pauses by itself when too many are rejected. */
  readonly pauseWhen?: PauseWhen;
  /** When it paused by itself last. */
  readonly lastPause?: LastPause;
  readonly state: NewsletterState;
  /** Whether the audience was read to its end. */
  readonly planned: boolean;
  readonly totals: PlanTotals;
  readonly createdAt: Date;
  readonly finishedAt?: Date;
}

/** How many were tried and rejected when a newsletter paused by itself, and why: absent once somebody paused it by hand. */
export interface LastPause {
  readonly because?: string;
  readonly tried: number;
  readonly rejected: number;
}

/** What the planner has seen so far: of all readings of the audience, and, for rows left out, of the newest. */
export interface PlanTotals {
  readonly chunks: number;
  readonly recipients: number;
  readonly duplicates: number;
  readonly refused: number;
}

export interface NewsletterPageRequest {
  /** The id of the last newsletter of the page before. */
  readonly after?: string;
  readonly limit: number;
  /** Only rehearsals of the newsletter with this key. Defaults to all newsletters. */
  readonly rehearsalsOf?: string;
}

export type NewNewsletter = Omit<
  NewsletterRecord,
  "lastPause" | "state" | "planned" | "totals" | "createdAt" | "finishedAt"
>;

/** Recipients that are sent by one job. Written once, never changed. */
export interface Chunk {
  /** `<newsletter id>:<number, six digits>`. */
  readonly id: string;
  readonly newsletter: string;
  readonly number: number;
  /** The rows, written as job arguments are. */
  readonly recipients: readonly Json[];
  /** What makes each row a person, in the same order. */
  readonly identities: readonly string[];
  /** Where they all are, where that is known. */
  readonly timeZone?: string;
}

/** New outcomes of a chunk, all of which are written or none. */
export interface ChunkProgress {
  /** One byte per recipient: the whole chunk, old outcomes included. */
  readonly outcomes: Uint8Array;
  /** Only those that are new. */
  readonly answers?: PackedAnswers;
  /** Whether nothing is left to be tried. */
  readonly complete: boolean;
}

export interface Answered {
  readonly count: number;
  readonly ms: number;
}

/** A chunk as `take` finds it. */
export interface Taken {
  /** Recorded so far, one byte per recipient. */
  readonly outcomes: Uint8Array;
  /** Who had it before: absent when nobody had, and the token of nobody when its recipients were made pending again. */
  readonly previous?: string;
}

/** A row of the audience that was left out. */
export interface Refusal {
  /** Of the audience, from 1. */
  readonly row: number;
  readonly problem: string;
}

/** What is recorded of a chunk's recipients. */
export interface ChunkResults {
  /** One byte per recipient; empty where nobody had the chunk yet. */
  readonly outcomes: Uint8Array;
  /** All answers, as `record` was given them, in that order. */
  readonly answers: readonly Uint8Array[];
}

export interface PlannerClaim {
  readonly token: string;
  readonly leaseMs: number;
}

/** Whose turn it is to plan a newsletter: the caller's, another's who is alive, or nobody's any more. */
export type Begun = { readonly record: NewsletterRecord } & (
  | { readonly turn: "mine" }
  /** @property since when that planner has been at it */
  | { readonly turn: "taken"; readonly since: Date }
  | { readonly turn: "cancelled" }
);

/**
 * What is known of send-outs and of every one of their recipients. The contract, run by every store from
 * test/contracts/newsletter-store.ts:
 *
 * - `begin` stores a newsletter, or finds the one of that key. It is the caller's to plan, whether or not it was planned to the end before,
 *   unless a planner whose lease has not run out has it, or it was cancelled.
 * - One whose `start` is `manual` is `waiting` first, any other `running`.
 * - A planner loses it when another begins after its lease ran out: `plan`, `renewPlanner` and `releasePlanner` of its token then write nothing.
 * - A chunk number is taken once; `addChunk` says when another planner was first. A chunk is part of the plan when `plan` counts it.
 * - `plan` writes the totals and lengthens the planner's lease; planned to the end, it gives the lease back. Not planned to the end, a
 *   finished newsletter is running again.
 * - `take` makes the token the chunk's fence, and says whose it was before; from then on `record` of any other token writes nothing and
 *   gives false.
 * - What `record` resolved is durable.
 * - `record` may be called again with the same progress, after it rejected: what of it was written before is written as it was, and
 *   answers may then be there twice.
 * - `finish` gives the newsletter to exactly one caller: the one that made it finished.
 * - `setState` to `paused` forgets why it paused by itself, and no other.
 * - `setState` to `cancelled` notes the time as `finish` does, and to any other state forgets it.
 */
export interface NewsletterStore {
  /** The most that the rows of one chunk may take, by `sizeOfRow`. */
  readonly maxChunkBytes: number;
  /**
   * How much of a chunk one row takes, in bytes as this store writes it.
   * @throws UnstorableValueError when the store cannot hold it, whatever its size is
   */
  sizeOfRow(recipient: Json, identity: string): number;
  begin(newsletter: NewNewsletter, planner: PlannerClaim): Promise<Begun>;
  /** Lengthens the lease of a planner. @returns false when the token is not the planner's any more, or the newsletter was cancelled */
  renewPlanner(id: string, planner: PlannerClaim): Promise<boolean>;
  /** Gives the lease back, so that the next may begin at once. */
  releasePlanner(id: string, token: string): Promise<void>;
  /** @returns false when a chunk of that number is there already */
  addChunk(chunk: Chunk): Promise<boolean>;
  /** @returns false when the token is not the planner's any more, or the newsletter was cancelled */
  plan(
    id: string,
    planner: PlannerClaim,
    totals: PlanTotals & { readonly planned: boolean },
  ): Promise<boolean>;
  addRefusals(id: string, refusals: readonly Refusal[]): Promise<void>;
  /** Forgets the rows that were left out, because the audience is read again from its beginning. */
  clearRefusals(id: string): Promise<void>;
  refusals(id: string): AsyncIterable<Refusal>;
  /** Keeps people, by fingerprints, as those whom an earlier planner planned. Each planner has its own, and forgets them when it ends. */
  rememberPeople(id: string, planner: string, prints: readonly string[]): Promise<void>;
  /**
   * Meets people, each once in a call.
   * @returns what is known of each, in their order
   */
  meetPeople(id: string, planner: string, prints: readonly string[]): Promise<readonly Meeting[]>;
  forgetPeople(id: string, planner: string): Promise<void>;
  chunk(chunkId: string): Promise<Chunk | undefined>;
  /** In the order of their numbers, and whether each is complete. */
  chunks(id: string): AsyncIterable<Chunk & { readonly complete: boolean }>;
  take(chunk: Chunk, token: string): Promise<Taken>;
  /** @returns false when another token holds the chunk; nothing is written then */
  record(chunkId: string, token: string, progress: ChunkProgress): Promise<boolean>;
  /** By id or key. */
  find(idOrKey: string): Promise<NewsletterRecord | undefined>;
  /** Newsletters that are in state running, planned or not, oldest first. */
  running(): Promise<readonly NewsletterRecord[]>;
  /** Whether a planner has been heard of within its lease. */
  isBeingPlanned(id: string): Promise<boolean>;
  /** How many planned chunks are not complete: those that `plan` has counted. */
  countIncomplete(id: string): Promise<number>;
  /** The ids of the planned chunks that are not complete, in the order of their numbers. */
  incomplete(id: string): Promise<readonly string[]>;
  /**
   * Makes recipients of these outcomes pending again, and their chunk incomplete with that. Only complete chunks are touched: of others a
   * worker may be writing. @returns how many recipients
   */
  reopen(chunkId: string, outcomes: readonly ReportedOutcome[]): Promise<number>;
  /** Newest first. */
  list(): Promise<readonly NewsletterRecord[]>;
  /** A page of newsletters by id, the newest first: ids ascend with time. As many index entries are read as it has newsletters. */
  page(request: NewsletterPageRequest): Promise<readonly NewsletterRecord[]>;
  counts(id: string): Promise<OutcomeCounts>;
  /** @returns false when the newsletter was not in one of the states `from` */
  setState(id: string, state: NewsletterState, from: readonly NewsletterState[]): Promise<boolean>;
  /** Pauses a running newsletter, and keeps why. @returns whether this call did */
  pauseBecause(id: string, why: LastPause): Promise<boolean>;
  /** Finishes a running, planned newsletter whose chunks are all complete. @returns whether this call did */
  finish(id: string): Promise<boolean>;
  /** What is recorded of a chunk. */
  results(chunkId: string): Promise<ChunkResults>;
  /**
   * Puts other rows and identities, as many, in the place of those of a chunk: for people who are to be forgotten.
   * @returns false when its identities are others by now; nothing is written then
   */
  rewriteChunk(before: Chunk, after: Pick<Chunk, "recipients" | "identities">): Promise<boolean>;
  /** Puts other answers in the place of those that are exactly these; their number and time stay. */
  rewriteAnswers(chunkId: string, before: Uint8Array, after: Uint8Array): Promise<void>;
  /** How many answers were recorded within so many ms before now, and how many ms ago the first of them was. */
  answeredWithin(id: string, ms: number): Promise<Answered>;
  /** The chunks in which somebody of this identity is; one as a rule. */
  chunksWith(id: string, identity: string): Promise<readonly Chunk[]>;
  /** The ids of newsletters that were finished or cancelled longer ago than so many ms. */
  endedBefore(ms: number): Promise<readonly string[]>;
  /** Removes a newsletter and everything that is known of it. @returns false when it is not there, or has not ended */
  remove(id: string): Promise<boolean>;
}

/** The keys of the rehearsals of a newsletter: what all of them begin with, and the first key after them. */
export function rehearsalKeys(key: string): { readonly from: string; readonly to: string } {
  return { from: `${key} (rehearsal `, to: `${key} (rehearsal!` };
}

/** The key of the newsletter that a rehearsal is of. */
export function rehearsedKey(key: string): string {
  return key.replace(/ \(rehearsal [0-9a-f]{8}\)$/, "");
}

/** In which a newsletter is stored. */
export function firstState(start: NewNewsletter["start"]): NewsletterState {
  return start === "manual" ? "waiting" : "running";
}

export function chunkId(newsletter: string, number: number): string {
  return `${newsletter}:${String(number).padStart(6, "0")}`;
}
