import type { Connection, mongo } from "mongoose";
import { errorMessage } from "../../../errors/error-message.ts";
import { UnstorableValueError } from "../../../errors/errors.ts";
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
import { mongooseOf } from "../application-mongoose.ts";
import { storeErrors } from "../connection.ts";
import type { IndexSpec } from "../indexes.ts";
import { ServerClock } from "../server-clock.ts";
import { newsletterCollections, newsletterIndexes } from "./collections.ts";
import { NewsletterList } from "./newsletter-list.ts";
import { PeopleDocuments } from "./people-documents.ts";
import { PlanDocuments } from "./plan-documents.ts";
import { ResultDocuments } from "./result-documents.ts";

/** Of a value within a chunk. MongoDB ends at 200 levels, those of the chunk included. */
const MOST_LEVELS = 180;

/** What is known of newsletters, in the same database as the jobs. */
export class MongoNewsletterStore implements NewsletterStore {
  /** A document ends at 16 MB, and messages and caches are kept well below it. */
  readonly maxChunkBytes = 4 * 1024 * 1024;
  readonly indexes: readonly IndexSpec[];
  readonly #clock: ServerClock;
  /** Of the application's own copy of mongoose. */
  readonly #driver: typeof mongo;
  readonly #plans: PlanDocuments;
  readonly #people: PeopleDocuments;
  readonly #results: ResultDocuments;
  readonly #newsletters: NewsletterList;

  /** @param prefix of the collections' names */
  constructor(connection: Connection, { prefix = "delayed" }: { prefix?: string } = {}) {
    const collections = newsletterCollections(connection, prefix);
    this.#clock = new ServerClock(connection);
    this.#driver = mongooseOf(connection).mongo;
    this.#plans = new PlanDocuments(collections, this.#clock);
    this.#people = new PeopleDocuments(collections);
    this.#results = new ResultDocuments(collections, this.#clock, this.#driver);
    this.#newsletters = new NewsletterList(collections, this.#clock);
    this.indexes = newsletterIndexes(prefix);
  }

  async open(): Promise<void> {
    await storeErrors(() => this.#clock.measure());
  }

  sizeOfRow(recipient: Json, identity: string): number {
    if (levelsOf(recipient) > MOST_LEVELS)
      throw new UnstorableValueError("recipient", `nested deeper than MongoDB takes`);
    try {
      return (
        this.#driver.BSON.calculateObjectSize({ "000000": recipient }) + Buffer.byteLength(identity) + 16
      );
    } catch (error) {
      throw new UnstorableValueError("recipient", `nothing that MongoDB takes (${errorMessage(error)})`);
    }
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

  async countIncomplete(id: string): Promise<number> {
    const counts = [this.#plans.countPlanned(id), this.#results.countComplete(id)] as const;
    const [planned, complete] = await Promise.all(counts);
    return planned - complete;
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

  async finish(id: string): Promise<boolean> {
    return this.#newsletters.finish(id, await this.#results.countComplete(id));
  }

  endedBefore(ms: number): Promise<readonly string[]> {
    return this.#newsletters.endedBefore(ms);
  }

  remove(id: string): Promise<boolean> {
    return this.#newsletters.remove(id);
  }
}

function levelsOf(json: Json): number {
  if (json === null || typeof json !== "object") return 0;
  return 1 + Object.values(json).reduce((most: number, value: Json) => Math.max(most, levelsOf(value)), 0);
}
