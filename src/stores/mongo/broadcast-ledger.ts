import type { Connection, mongo } from "mongoose";
import type { BroadcastState } from "../../broadcasting.ts";
import type {
  BroadcastLedger,
  BroadcastRecord,
  Chunk,
  ChunkProgress,
  NewBroadcast,
  PlannerClaim,
  PlanTotals,
  RecipientFailure,
  RecipientNote,
  Refusal,
} from "../../newsletters/ledger.ts";
import {
  byteOf,
  countOutcomes,
  NO_COUNTS,
  OUTCOMES,
  type OutcomeCounts,
  outcomeOf,
} from "../../newsletters/outcome.ts";
import { mongooseOf } from "./application-mongoose.ts";
import {
  type BroadcastDocument,
  type ChunkDocument,
  type ChunkStateDocument,
  type NoteDocument,
  type RefusalDocument,
  toBroadcast,
  toChunk,
} from "./broadcast-documents.ts";
import { collectionOf, insertOnce, storeErrors } from "./connection.ts";
import type { IndexSpec } from "./indexes.ts";
import { ServerClock } from "./server-clock.ts";

/** What is known of newsletters, in the same database as the jobs. */
export class MongoBroadcastLedger implements BroadcastLedger {
  readonly indexes: readonly IndexSpec[];
  readonly #clock: ServerClock;
  readonly #Binary: typeof mongo.Binary;
  readonly #broadcasts: mongo.Collection<BroadcastDocument>;
  readonly #chunks: mongo.Collection<ChunkDocument>;
  readonly #states: mongo.Collection<ChunkStateDocument>;
  readonly #notes: mongo.Collection<NoteDocument>;
  readonly #refusals: mongo.Collection<RefusalDocument>;

  /** @param prefix of the collections' names */
  constructor(connection: Connection, { prefix = "delayed" }: { prefix?: string } = {}) {
    const collection = <T extends mongo.Document>(name: string) =>
      collectionOf<T>(connection, `${prefix}_${name}`);
    this.#broadcasts = collection("broadcasts");
    this.#chunks = collection("broadcast_chunks");
    this.#states = collection("broadcast_states");
    this.#notes = collection("broadcast_notes");
    this.#refusals = collection("broadcast_refusals");
    this.#clock = new ServerClock(connection);
    this.#Binary = mongooseOf(connection).mongo.Binary;
    this.indexes = [
      { collection: `${prefix}_broadcasts`, name: "key", key: { key: 1 }, unique: true },
      {
        collection: `${prefix}_broadcast_chunks`,
        name: "number",
        key: { broadcast: 1, number: 1 },
        unique: true,
      },
      { collection: `${prefix}_broadcast_states`, name: "complete", key: { broadcast: 1, complete: 1 } },
      { collection: `${prefix}_broadcast_notes`, name: "chunk", key: { chunk: 1 } },
      { collection: `${prefix}_broadcast_refusals`, name: "row", key: { broadcast: 1, row: 1 } },
    ];
  }

  async open(): Promise<void> {
    await storeErrors(() => this.#clock.measure());
  }

  async begin(
    { id, ...broadcast }: NewBroadcast,
    planner: PlannerClaim,
  ): Promise<{ record: BroadcastRecord; mine: boolean }> {
    const { key } = broadcast;
    const now = this.#clock.now();
    const created = {
      _id: id,
      ...broadcast,
      state: "running",
      planned: false,
      totals: NO_TOTALS,
      createdAt: now,
    } as const;
    await storeErrors(() => insertOnce(this.#broadcasts, created));
    const free = [{ planner: { $exists: false } }, { "planner.until": { $lt: now } }];
    const { matchedCount } = await storeErrors(() =>
      this.#broadcasts.updateOne(
        { key, planned: false, state: { $ne: "cancelled" }, $or: free },
        { $set: { planner: this.#lease(planner) } },
      ),
    );
    const record = await this.find(key);
    if (record === undefined) throw new Error("MongoDB did not keep a broadcast.");
    return { record, mine: matchedCount > 0 };
  }

  async addChunk({ id, ...chunk }: Chunk): Promise<boolean> {
    return storeErrors(() => insertOnce(this.#chunks, { _id: id, ...chunk }));
  }

  async plan(
    id: string,
    planner: PlannerClaim,
    { planned, ...totals }: PlanTotals & { planned: boolean },
  ): Promise<boolean> {
    const { matchedCount } = await storeErrors(() =>
      this.#broadcasts.updateOne(
        { _id: id, "planner.token": planner.token, state: { $ne: "cancelled" } },
        { $set: { planned, totals, planner: this.#lease(planner) } },
      ),
    );
    return matchedCount > 0;
  }

  async addRefusals(broadcast: string, refusals: readonly Refusal[]): Promise<void> {
    const writes = refusals.map((refusal) => {
      const _id = `${broadcast}:${refusal.row}`;
      return { replaceOne: { filter: { _id }, replacement: { broadcast, ...refusal }, upsert: true } };
    });
    if (writes.length > 0) await storeErrors(() => this.#refusals.bulkWrite(writes, { ordered: false }));
  }

  async *refusals(broadcast: string): AsyncGenerator<Refusal> {
    for await (const { row, problem } of this.#refusals.find({ broadcast }).sort({ row: 1 }))
      yield { row, problem };
  }

  async chunk(chunkId: string): Promise<Chunk | undefined> {
    const found = await storeErrors(() => this.#chunks.findOne({ _id: chunkId }));
    return found ? toChunk(found) : undefined;
  }

  async *chunks(broadcast: string): AsyncGenerator<Chunk & { complete: boolean }> {
    for await (const found of this.#chunks.find({ broadcast }).sort({ number: 1 }).batchSize(10)) {
      const state = await this.#states.findOne({ _id: found._id }, { projection: { complete: 1 } });
      yield { ...toChunk(found), complete: state?.complete === true };
    }
  }

  async take({ id, broadcast, recipients }: Chunk, token: string): Promise<Uint8Array> {
    const fresh = {
      broadcast,
      outcomes: new this.#Binary(new Uint8Array(recipients.length)),
      counts: NO_COUNTS,
      complete: false,
    };
    const state = await storeErrors(() =>
      this.#states.findOneAndUpdate(
        { _id: id },
        { $set: { token }, $setOnInsert: fresh },
        { upsert: true, returnDocument: "after" },
      ),
    );
    return bytesOf(state?.outcomes);
  }

  async record(chunk: string, token: string, { outcomes, notes, complete }: ChunkProgress): Promise<boolean> {
    const counts = countOutcomes(outcomes);
    const set = { outcomes: new this.#Binary(outcomes), counts, complete };
    const { matchedCount } = await storeErrors(() =>
      this.#states.updateOne({ _id: chunk, token }, { $set: set }),
    );
    if (matchedCount === 0) return false;
    await this.#addNotes(chunk, notes);
    return true;
  }

  async find(idOrKey: string): Promise<BroadcastRecord | undefined> {
    const found = await storeErrors(() =>
      this.#broadcasts.findOne({ $or: [{ _id: idOrKey }, { key: idOrKey }] }),
    );
    return found ? toBroadcast(found) : undefined;
  }

  async list(): Promise<readonly BroadcastRecord[]> {
    const found = await storeErrors(() => this.#broadcasts.find().sort({ createdAt: -1, _id: -1 }).toArray());
    return found.map(toBroadcast);
  }

  async counts(broadcast: string): Promise<OutcomeCounts> {
    const sums = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, { $sum: `$counts.${outcome}` }]));
    const pipeline = [
      { $match: { broadcast } },
      { $group: { _id: null, ...sums } },
      { $project: { _id: 0 } },
    ];
    const [counts] = await storeErrors(() => this.#states.aggregate<OutcomeCounts>(pipeline).toArray());
    return counts ?? NO_COUNTS;
  }

  async setState(id: string, state: BroadcastState, from: readonly BroadcastState[]): Promise<boolean> {
    const filter = { _id: id, state: { $in: [...from] } };
    return (
      (await storeErrors(() => this.#broadcasts.updateOne(filter, { $set: { state } }))).matchedCount > 0
    );
  }

  async finish(id: string): Promise<boolean> {
    const complete = await storeErrors(() => this.#states.countDocuments({ broadcast: id, complete: true }));
    const filter = { _id: id, state: "running" as const, planned: true, "totals.chunks": complete };
    const finished = { state: "finished" as const, finishedAt: this.#clock.now() };
    return (
      (await storeErrors(() => this.#broadcasts.updateOne(filter, { $set: finished }))).modifiedCount > 0
    );
  }

  async *failures(broadcast: string): AsyncGenerator<RecipientFailure> {
    for await (const chunk of this.#chunks.find({ broadcast }).sort({ number: 1 }).batchSize(10))
      yield* await this.#failuresOf(toChunk(chunk));
  }

  /** Where a note is older than the outcome, only the outcome is told. */
  async #failuresOf(chunk: Chunk): Promise<readonly RecipientFailure[]> {
    const state = await storeErrors(() => this.#states.findOne({ _id: chunk.id }));
    const found = await storeErrors(() => this.#notes.find({ chunk: chunk.id }).toArray());
    const notes = new Map(found.map((note) => [note.index, note]));
    return [...bytesOf(state?.outcomes).entries()]
      .filter(([, byte]) => !UNREMARKABLE.has(byte))
      .map(([index, byte]) => {
        const { code, response = "" } = notes.get(index) ?? {};
        const recipient = chunk.identities[index] ?? "";
        return { recipient, outcome: outcomeOf(byte), response, ...(code !== undefined && { code }) };
      });
  }

  async #addNotes(chunk: string, notes: readonly RecipientNote[]): Promise<void> {
    if (notes.length === 0) return;
    const writes = notes.map((note) => {
      const _id = `${chunk}:${note.index}`;
      return { replaceOne: { filter: { _id }, replacement: { chunk, ...note }, upsert: true } };
    });
    await storeErrors(() => this.#notes.bulkWrite(writes, { ordered: false }));
  }

  #lease({ token, leaseMs }: PlannerClaim): { token: string; until: Date } {
    return { token, until: new Date(this.#clock.now().getTime() + leaseMs) };
  }
}

const NO_TOTALS: PlanTotals = { chunks: 0, recipients: 0, duplicates: 0, refused: 0 };

/** Neither worth a line among the failures. */
const UNREMARKABLE: ReadonlySet<number> = new Set([byteOf("pending"), byteOf("attempted"), byteOf("sent")]);

function bytesOf(outcomes: mongo.Binary | undefined): Uint8Array {
  return Uint8Array.from(outcomes?.value() ?? []);
}
