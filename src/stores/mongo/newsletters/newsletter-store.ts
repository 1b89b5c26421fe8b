import type { Connection, mongo } from "mongoose";
import { errorMessage } from "../../../errors/error-message.ts";
import { UnstorableValueError } from "../../../errors/errors.ts";
import type { Json } from "../../../jobs/job-record.ts";
import type { NewsletterState } from "../../../jobs/newsletter.ts";
import {
  type Begun,
  type Chunk,
  type ChunkProgress,
  chunkId,
  type NewNewsletter,
  type NewsletterRecord,
  type NewsletterStore,
  type PlannerClaim,
  type PlanTotals,
  type RecipientFailure,
  type RecipientNote,
  type Refusal,
  type Taken,
} from "../../../newsletters/newsletter-store.ts";
import {
  countOutcomes,
  NO_COUNTS,
  type OutcomeCounts,
  outcomeOf,
  REPORTED_OUTCOMES,
  type ReportedOutcome,
  reopened,
  reportedAs,
} from "../../../newsletters/outcome.ts";
import { mongooseOf } from "../application-mongoose.ts";
import { collectionOf, insertOnce, storeErrors } from "../connection.ts";
import type { IndexSpec } from "../indexes.ts";
import { ServerClock } from "../server-clock.ts";
import {
  type ChunkDocument,
  type ChunkStateDocument,
  type NewsletterDocument,
  type NoteDocument,
  type RefusalDocument,
  toChunk,
  toNewsletter,
} from "./newsletter-documents.ts";

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
  readonly #newsletters: mongo.Collection<NewsletterDocument>;
  readonly #chunks: mongo.Collection<ChunkDocument>;
  readonly #states: mongo.Collection<ChunkStateDocument>;
  readonly #notes: mongo.Collection<NoteDocument>;
  readonly #refusals: mongo.Collection<RefusalDocument>;

  /** @param prefix of the collections' names */
  constructor(connection: Connection, { prefix = "delayed" }: { prefix?: string } = {}) {
    const collection = <T extends mongo.Document>(name: string) =>
      collectionOf<T>(connection, `${prefix}_${name}`);
    this.#newsletters = collection("newsletters");
    this.#chunks = collection("newsletter_chunks");
    this.#states = collection("newsletter_states");
    this.#notes = collection("newsletter_notes");
    this.#refusals = collection("newsletter_refusals");
    this.#clock = new ServerClock(connection);
    this.#driver = mongooseOf(connection).mongo;
    this.indexes = [
      { collection: `${prefix}_newsletters`, name: "key", key: { key: 1 }, unique: true },
      {
        collection: `${prefix}_newsletters`,
        name: "running",
        key: { createdAt: 1 },
        partialFilterExpression: { state: "running" },
      },
      {
        collection: `${prefix}_newsletter_chunks`,
        name: "number",
        key: { newsletter: 1, number: 1 },
        unique: true,
      },
      { collection: `${prefix}_newsletter_states`, name: "complete", key: { newsletter: 1, complete: 1 } },
      { collection: `${prefix}_newsletter_notes`, name: "chunk", key: { chunk: 1 } },
      { collection: `${prefix}_newsletter_refusals`, name: "row", key: { newsletter: 1, row: 1 } },
    ];
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

  async begin({ id, ...newsletter }: NewNewsletter, planner: PlannerClaim): Promise<Begun> {
    const { key } = newsletter;
    const now = this.#clock.now();
    const created = {
      _id: id,
      ...newsletter,
      state: "running",
      planned: false,
      totals: NO_TOTALS,
      createdAt: now,
    } as const;
    await storeErrors(() => insertOnce(this.#newsletters, created));
    const free = [{ planner: { $exists: false } }, { "planner.until": { $lt: now } }];
    const lease = { token: planner.token, since: now, until: this.#leaseEnd(planner) };
    await storeErrors(() =>
      this.#newsletters.updateOne(
        { key, state: { $ne: "cancelled" }, $or: free },
        { $set: { planner: lease } },
      ),
    );
    const found = await storeErrors(() => this.#newsletters.findOne({ key }));
    if (found === null) throw new Error("MongoDB did not keep a newsletter.");
    const record = toNewsletter(found);
    if (found.planner?.token === planner.token) return { record, turn: "mine" };
    if (found.state === "cancelled") return { record, turn: "cancelled" };
    return { record, turn: "taken", since: found.planner?.since ?? now };
  }

  async renewPlanner(id: string, planner: PlannerClaim): Promise<boolean> {
    const set = { "planner.until": this.#leaseEnd(planner) };
    return (
      (await storeErrors(() => this.#newsletters.updateOne(ownedBy(id, planner.token), { $set: set })))
        .matchedCount > 0
    );
  }

  async releasePlanner(id: string, token: string): Promise<void> {
    const mine = { _id: id, "planner.token": token };
    await storeErrors(() => this.#newsletters.updateOne(mine, { $unset: { planner: "" } }));
  }

  async addChunk({ id, ...chunk }: Chunk): Promise<boolean> {
    return storeErrors(() => insertOnce(this.#chunks, { _id: id, ...chunk }));
  }

  async plan(
    id: string,
    planner: PlannerClaim,
    { planned, ...totals }: PlanTotals & { planned: boolean },
  ): Promise<boolean> {
    const write = planned
      ? { $set: { planned, totals }, $unset: { planner: "" as const } }
      : [
          {
            $set: {
              planned,
              totals,
              "planner.until": this.#leaseEnd(planner),
              state: { $cond: [{ $eq: ["$state", "finished"] }, "running", "$state"] },
            },
          },
          { $unset: "finishedAt" },
        ];
    const filter = ownedBy(id, planner.token);
    return (await storeErrors(() => this.#newsletters.updateOne(filter, write))).matchedCount > 0;
  }

  async addRefusals(newsletter: string, refusals: readonly Refusal[]): Promise<void> {
    const writes = refusals.map((refusal) => {
      const _id = `${newsletter}:${refusal.row}`;
      return { replaceOne: { filter: { _id }, replacement: { newsletter, ...refusal }, upsert: true } };
    });
    if (writes.length > 0) await storeErrors(() => this.#refusals.bulkWrite(writes, { ordered: false }));
  }

  async clearRefusals(newsletter: string): Promise<void> {
    await storeErrors(() => this.#refusals.deleteMany({ newsletter }));
  }

  async *refusals(newsletter: string): AsyncGenerator<Refusal> {
    for await (const { row, problem } of this.#refusals.find({ newsletter }).sort({ row: 1 }))
      yield { row, problem };
  }

  async chunk(id: string): Promise<Chunk | undefined> {
    const found = await storeErrors(() => this.#chunks.findOne({ _id: id }));
    return found ? toChunk(found) : undefined;
  }

  async *chunks(newsletter: string): AsyncGenerator<Chunk & { complete: boolean }> {
    for await (const found of this.#chunks.find({ newsletter }).sort({ number: 1 }).batchSize(10)) {
      const state = await this.#states.findOne({ _id: found._id }, { projection: { complete: 1 } });
      yield { ...toChunk(found), complete: state?.complete === true };
    }
  }

  async take({ id, newsletter, recipients }: Chunk, token: string): Promise<Taken> {
    const outcomes = new Uint8Array(recipients.length);
    const binary = new this.#driver.Binary(outcomes);
    const fresh = { newsletter, outcomes: binary, counts: NO_COUNTS, complete: false };
    const before = await storeErrors(() =>
      this.#states.findOneAndUpdate(
        { _id: id },
        { $set: { token }, $setOnInsert: fresh },
        { upsert: true, returnDocument: "before" },
      ),
    );
    return before ? { outcomes: bytesOf(before.outcomes), previous: before.token } : { outcomes };
  }

  async record(chunk: string, token: string, { outcomes, notes, complete }: ChunkProgress): Promise<boolean> {
    const counts = countOutcomes(outcomes);
    const set = { outcomes: new this.#driver.Binary(outcomes), counts, complete };
    const { matchedCount } = await storeErrors(() =>
      this.#states.updateOne({ _id: chunk, token }, { $set: set }),
    );
    if (matchedCount === 0) return false;
    await this.#addNotes(chunk, notes);
    return true;
  }

  async find(idOrKey: string): Promise<NewsletterRecord | undefined> {
    const found = await storeErrors(() =>
      this.#newsletters.findOne({ $or: [{ _id: idOrKey }, { key: idOrKey }] }),
    );
    return found ? toNewsletter(found) : undefined;
  }

  async running(): Promise<readonly NewsletterRecord[]> {
    const running = this.#newsletters.find({ state: "running" }).sort({ createdAt: 1, _id: 1 });
    return (await storeErrors(() => running.toArray())).map(toNewsletter);
  }

  async isBeingPlanned(id: string): Promise<boolean> {
    const filter = { _id: id, planned: false, "planner.until": { $gte: this.#clock.now() } };
    return (await storeErrors(() => this.#newsletters.countDocuments(filter, { limit: 1 }))) > 0;
  }

  async countIncomplete(newsletter: string): Promise<number> {
    const [planned, complete] = await Promise.all([
      this.#plannedChunks(newsletter),
      storeErrors(() => this.#states.countDocuments({ newsletter, complete: true })),
    ]);
    return planned - complete;
  }

  async incomplete(newsletter: string): Promise<readonly string[]> {
    const planned = await this.#plannedChunks(newsletter);
    const numbers = this.#chunks
      .find({ newsletter, number: { $lt: planned } })
      .project<{ number: number }>({ _id: 0, number: 1 })
      .sort({ number: 1 });
    const complete = this.#states
      .find({ newsletter, complete: true })
      .project<Pick<ChunkStateDocument, "_id">>({ _id: 1 });
    const [chunks, states] = await storeErrors(() => Promise.all([numbers.toArray(), complete.toArray()]));
    const done = new Set(states.map(({ _id }) => _id));
    return chunks.map(({ number }) => chunkId(newsletter, number)).filter((chunk) => !done.has(chunk));
  }

  /** Only in the state that was read, whose token goes with the reopening: a second one finds nothing. */
  async reopen(chunk: string, outcomes: readonly ReportedOutcome[]): Promise<number> {
    const state = await storeErrors(() => this.#states.findOne({ _id: chunk, complete: true }));
    const { bytes, count } = reopened(bytesOf(state?.outcomes), outcomes);
    if (state === null || count === 0) return 0;
    const set = {
      outcomes: new this.#driver.Binary(bytes),
      counts: countOutcomes(bytes),
      complete: false,
      token: "",
    };
    const read = { _id: chunk, complete: true, token: state.token };
    const { matchedCount } = await storeErrors(() => this.#states.updateOne(read, { $set: set }));
    return matchedCount > 0 ? count : 0;
  }

  async list(): Promise<readonly NewsletterRecord[]> {
    const found = await storeErrors(() =>
      this.#newsletters.find().sort({ createdAt: -1, _id: -1 }).toArray(),
    );
    return found.map(toNewsletter);
  }

  async counts(newsletter: string): Promise<OutcomeCounts> {
    const sums = Object.fromEntries(
      REPORTED_OUTCOMES.map((outcome) => [outcome, { $sum: `$counts.${outcome}` }]),
    );
    const pipeline = [
      { $match: { newsletter } },
      { $group: { _id: null, ...sums } },
      { $project: { _id: 0 } },
    ];
    const [counts] = await storeErrors(() => this.#states.aggregate<OutcomeCounts>(pipeline).toArray());
    return counts ?? NO_COUNTS;
  }

  async setState(id: string, state: NewsletterState, from: readonly NewsletterState[]): Promise<boolean> {
    const filter = { _id: id, state: { $in: [...from] } };
    const update = { $set: { state }, $unset: { finishedAt: "" } } as const;
    return (await storeErrors(() => this.#newsletters.updateOne(filter, update))).matchedCount > 0;
  }

  async finish(id: string): Promise<boolean> {
    const complete = await storeErrors(() => this.#states.countDocuments({ newsletter: id, complete: true }));
    const filter = { _id: id, state: "running" as const, planned: true, "totals.chunks": complete };
    const finished = { state: "finished" as const, finishedAt: this.#clock.now() };
    return (
      (await storeErrors(() => this.#newsletters.updateOne(filter, { $set: finished }))).modifiedCount > 0
    );
  }

  async *failures(newsletter: string): AsyncGenerator<RecipientFailure> {
    for await (const chunk of this.#chunks.find({ newsletter }).sort({ number: 1 }).batchSize(10))
      yield* await this.#failuresOf(toChunk(chunk));
  }

  /** Where a note is older than the outcome, only the outcome is told. */
  async #failuresOf(chunk: Chunk): Promise<readonly RecipientFailure[]> {
    const state = await storeErrors(() => this.#states.findOne({ _id: chunk.id }));
    const found = await storeErrors(() => this.#notes.find({ chunk: chunk.id }).toArray());
    const notes = new Map(found.map((note) => [note.index, note]));
    return [...bytesOf(state?.outcomes).entries()]
      .map(([index, byte]) => [index, reportedAs(outcomeOf(byte))] as const)
      .filter(([, outcome]) => outcome !== "pending" && outcome !== "sent")
      .map(([index, outcome]) => {
        const { code, response = "" } = notes.get(index) ?? {};
        const recipient = chunk.identities[index] ?? "";
        return { recipient, outcome, response, ...(code !== undefined && { code }) };
      });
  }

  /** How many chunks `plan` has counted. */
  async #plannedChunks(newsletter: string): Promise<number> {
    const found = await storeErrors(() =>
      this.#newsletters.findOne({ _id: newsletter }, { projection: { totals: 1 } }),
    );
    return found?.totals.chunks ?? 0;
  }

  async #addNotes(chunk: string, notes: readonly RecipientNote[]): Promise<void> {
    if (notes.length === 0) return;
    const writes = notes.map((note) => {
      const _id = `${chunk}:${note.index}`;
      return { replaceOne: { filter: { _id }, replacement: { chunk, ...note }, upsert: true } };
    });
    await storeErrors(() => this.#notes.bulkWrite(writes, { ordered: false }));
  }

  #leaseEnd({ leaseMs }: PlannerClaim): Date {
    return new Date(this.#clock.now().getTime() + leaseMs);
  }
}

const NO_TOTALS: PlanTotals = { chunks: 0, recipients: 0, duplicates: 0, refused: 0 };

/** A newsletter, as long as this is its planner and nobody cancelled it. */
function ownedBy(id: string, token: string): mongo.Filter<NewsletterDocument> {
  return { _id: id, "planner.token": token, state: { $ne: "cancelled" } };
}

function levelsOf(json: Json): number {
  if (json === null || typeof json !== "object") return 0;
  return 1 + Object.values(json).reduce((most: number, value: Json) => Math.max(most, levelsOf(value)), 0);
}

function bytesOf(outcomes: mongo.Binary | undefined): Uint8Array {
  return Uint8Array.from(outcomes?.value() ?? []);
}
