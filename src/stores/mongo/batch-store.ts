import type { Connection, mongo } from "mongoose";
import {
  type BatchCounts,
  type BatchRecord,
  type BatchStore,
  type NewBatch,
  OPEN_BATCH_STATES,
  type StoredBatchState,
} from "../../batches/batch-store.ts";
import { StoreError } from "../../errors/errors.ts";
import { collectionOf, insertOnce, storeErrors } from "./connection.ts";
import type { IndexSpec } from "./indexes.ts";

interface BatchDocument extends Omit<BatchRecord, "id"> {
  /** 24 hex digits, as text. */
  readonly _id: string;
}

export function batchIndexes(collection: string): readonly IndexSpec[] {
  return [
    { collection, name: "key", key: { key: 1 }, unique: true },
    { collection, name: "state", key: { state: 1, endedAt: 1 } },
  ];
}

/** Batches, one small document each. */
export class MongoBatchStore implements BatchStore {
  readonly indexes: readonly IndexSpec[];
  readonly #batches: mongo.Collection<BatchDocument>;

  constructor(connection: Connection, collection = "delayed_batches") {
    this.indexes = batchIndexes(collection);
    this.#batches = collectionOf(connection, collection);
  }

  async begin({ id, ...batch }: NewBatch) {
    const document: BatchDocument = { _id: id, ...batch, state: "storing" };
    return storeErrors(async () => {
      const inserted = await insertOnce(this.#batches, document);
      const found = inserted ? document : await this.#batches.findOne({ key: batch.key });
      if (found) return { record: toRecord(found), inserted };
      throw new StoreError(`The batch "${batch.key}" was removed while it was being stored: try again.`);
    });
  }

  advance(id: string, from: StoredBatchState, to: StoredBatchState): Promise<boolean> {
    return this.#update({ _id: id, state: from }, { state: to });
  }

  async decide(id: string, counts: BatchCounts): Promise<BatchRecord | undefined> {
    await this.#update({ _id: id, state: "running" }, { state: "ending", counts });
    const found = await storeErrors(() => this.#batches.findOne({ _id: id }));
    return found ? toRecord(found) : undefined;
  }

  end(id: string, at: Date): Promise<boolean> {
    return this.#update({ _id: id, state: "ending" }, { state: "ended", endedAt: at });
  }

  async find(idOrKey: string): Promise<BatchRecord | undefined> {
    return storeErrors(async () => {
      const found =
        (await this.#batches.findOne({ _id: idOrKey })) ?? (await this.#batches.findOne({ key: idOrKey }));
      return found ? toRecord(found) : undefined;
    });
  }

  async list(limit: number): Promise<readonly BatchRecord[]> {
    // MongoDB takes a limit of 0 for no limit at all.
    if (limit < 1) return [];
    return this.#read(() => this.#batches.find().sort({ _id: -1 }).limit(limit));
  }

  open(): Promise<readonly BatchRecord[]> {
    return this.#read(() => this.#batches.find({ state: { $in: [...OPEN_BATCH_STATES] } }).sort({ _id: 1 }));
  }

  async endedBefore(time: Date): Promise<readonly string[]> {
    const ended = { state: "ended" as const, endedAt: { $lt: time } };
    return (await this.#read(() => this.#batches.find(ended))).map(({ id }) => id);
  }

  rename(id: string, key: string): Promise<boolean> {
    return this.#update({ _id: id }, { key });
  }

  async remove(id: string, state: StoredBatchState): Promise<boolean> {
    return storeErrors(async () => (await this.#batches.deleteOne({ _id: id, state })).deletedCount > 0);
  }

  async #update(filter: mongo.Filter<BatchDocument>, $set: Partial<BatchDocument>): Promise<boolean> {
    return storeErrors(async () => (await this.#batches.updateOne(filter, { $set })).matchedCount > 0);
  }

  async #read(find: () => mongo.FindCursor<mongo.WithId<BatchDocument>>): Promise<readonly BatchRecord[]> {
    return (await storeErrors(() => find().toArray())).map(toRecord);
  }
}

function toRecord({ _id: id, ...fields }: BatchDocument): BatchRecord {
  return { id, ...fields };
}
