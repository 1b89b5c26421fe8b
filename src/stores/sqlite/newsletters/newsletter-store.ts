import type { Json } from "../../../jobs/job-record.ts";
import type { NewsletterState } from "../../../jobs/newsletter.ts";
import type { Meeting } from "../../../newsletters/fingerprint-set.ts";
import type {
  Answered,
  Begun,
  Chunk,
  ChunkProgress,
  ChunkResults,
  LastPause,
  NewNewsletter,
  NewsletterPageRequest,
  NewsletterRecord,
  NewsletterStore,
  PlannerClaim,
  PlanTotals,
  Refusal,
  Taken,
} from "../../../newsletters/newsletter-store.ts";
import type { OutcomeCounts, ReportedOutcome } from "../../../newsletters/outcome.ts";
import type { Database } from "../database.ts";
import { migrate } from "../migrate.ts";
import { NEWSLETTER_SCHEMA } from "./newsletter-schema.ts";
import { NewsletterTable } from "./newsletter-table.ts";
import { PeopleTable } from "./people-table.ts";
import { PlanTables } from "./plan-tables.ts";
import { ResultTables } from "./result-tables.ts";
import { Tables } from "./tables.ts";

/** Newsletters, in the same SQLite file as the jobs. */
export class SqliteNewsletterStore implements NewsletterStore {
  /** As on MongoDB, so that a newsletter is the same on both, and a chunk is read and written in few milliseconds. */
  readonly maxChunkBytes = 4 * 1024 * 1024;
  readonly #plans: PlanTables;
  readonly #people: PeopleTable;
  readonly #results: ResultTables;
  readonly #newsletters: NewsletterTable;

  /** @throws StoreError */
  constructor(database: Database, { now = Date.now }: { now?: () => number } = {}) {
    migrate(database, "newsletters", NEWSLETTER_SCHEMA);
    const tables = new Tables(database);
    this.#plans = new PlanTables(tables, now);
    this.#people = new PeopleTable(tables);
    this.#results = new ResultTables(tables, now);
    this.#newsletters = new NewsletterTable(tables, now);
  }

  sizeOfRow(recipient: Json, identity: string): number {
    return Buffer.byteLength(JSON.stringify(recipient)) + Buffer.byteLength(identity) + 16;
  }

  begin(newsletter: NewNewsletter, planner: PlannerClaim): Promise<Begun> {
    return this.#plans.begin(newsletter, planner);
  }

  renewPlanner(id: string, planner: PlannerClaim): Promise<boolean> {
    return this.#plans.renew(id, planner);
  }

  releasePlanner(id: string, token: string): Promise<void> {
    return this.#plans.release(id, token);
  }

  isBeingPlanned(id: string): Promise<boolean> {
    return this.#plans.isBeingPlanned(id);
  }

  addChunk(chunk: Chunk): Promise<boolean> {
    return this.#plans.addChunk(chunk);
  }

  plan(id: string, planner: PlannerClaim, totals: PlanTotals & { planned: boolean }): Promise<boolean> {
    return this.#plans.plan(id, planner, totals);
  }

  addRefusals(id: string, refusals: readonly Refusal[]): Promise<void> {
    return this.#plans.addRefusals(id, refusals);
  }

  clearRefusals(id: string): Promise<void> {
    return this.#plans.clearRefusals(id);
  }

  refusals(id: string): AsyncIterable<Refusal> {
    return this.#plans.refusals(id);
  }

  rememberPeople(id: string, planner: string, prints: readonly string[]): Promise<void> {
    return this.#people.remember(id, planner, prints);
  }

  meetPeople(id: string, planner: string, prints: readonly string[]): Promise<readonly Meeting[]> {
    return this.#people.meet(id, planner, prints);
  }

  forgetPeople(id: string, planner: string): Promise<void> {
    return this.#people.forget(id, planner);
  }

  chunk(id: string): Promise<Chunk | undefined> {
    return this.#plans.chunk(id);
  }

  chunks(id: string): AsyncIterable<Chunk & { readonly complete: boolean }> {
    return this.#plans.chunks(id);
  }

  chunksWith(id: string, identity: string): Promise<readonly Chunk[]> {
    return this.#plans.chunksWith(id, identity);
  }

  incomplete(id: string): Promise<readonly string[]> {
    return this.#plans.incomplete(id);
  }

  take(chunk: Chunk, token: string): Promise<Taken> {
    return this.#results.take(chunk, token);
  }

  record(chunk: string, token: string, progress: ChunkProgress): Promise<boolean> {
    return this.#results.record(chunk, token, progress);
  }

  reopen(chunk: string, outcomes: readonly ReportedOutcome[]): Promise<number> {
    return this.#results.reopen(chunk, outcomes);
  }

  results(chunk: string): Promise<ChunkResults> {
    return this.#results.results(chunk);
  }

  rewriteChunk(before: Chunk, after: Pick<Chunk, "recipients" | "identities">): Promise<boolean> {
    return this.#plans.rewriteChunk(before, after);
  }

  rewriteAnswers(chunk: string, before: Uint8Array, after: Uint8Array): Promise<void> {
    return this.#results.rewriteAnswers(chunk, before, after);
  }

  answeredWithin(id: string, ms: number): Promise<Answered> {
    return this.#results.answeredWithin(id, ms);
  }

  counts(id: string): Promise<OutcomeCounts> {
    return this.#results.counts(id);
  }

  countIncomplete(id: string): Promise<number> {
    return this.#results.countIncomplete(id);
  }

  find(idOrKey: string): Promise<NewsletterRecord | undefined> {
    return this.#newsletters.find(idOrKey);
  }

  running(): Promise<readonly NewsletterRecord[]> {
    return this.#newsletters.running();
  }

  list(): Promise<readonly NewsletterRecord[]> {
    return this.#newsletters.list();
  }

  page(request: NewsletterPageRequest): Promise<readonly NewsletterRecord[]> {
    return this.#newsletters.page(request);
  }

  pauseBecause(id: string, why: LastPause): Promise<boolean> {
    return this.#newsletters.pauseBecause(id, why);
  }

  setState(id: string, state: NewsletterState, from: readonly NewsletterState[]): Promise<boolean> {
    return this.#newsletters.setState(id, state, from);
  }

  finish(id: string): Promise<boolean> {
    return this.#newsletters.finish(id);
  }

  endedBefore(ms: number): Promise<readonly string[]> {
    return this.#newsletters.endedBefore(ms);
  }

  remove(id: string): Promise<boolean> {
    return this.#newsletters.remove(id);
  }
}
