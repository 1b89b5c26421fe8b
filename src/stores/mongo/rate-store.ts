import type { Connection, mongo } from "mongoose";
import { StoreError } from "../../errors/errors.ts";
import type { Rate, Slots } from "../../transports/rates/rate.ts";
import { slotsOf } from "../../transports/rates/rate.ts";
import {
  type RateStore,
  type Reservation,
  retryIn,
  type SlotCount,
} from "../../transports/rates/rate-store.ts";
import { collectionOf, insertOnce, storeErrors } from "./connection.ts";

/** What is counted of one rate. */
interface RateDocument {
  /** The key and, after a slash, the span in ms. */
  readonly _id: string;
  readonly slots: readonly SlotCount[];
  /** Of the last reservation: what it got, and when, by the server's clock. */
  readonly granted: number;
  readonly now: number;
}

/** Rates that all machines share. A reservation is one update, which the server decides by its own clock. */
export class MongoRateStore implements RateStore {
  readonly #rates: mongo.Collection<RateDocument>;

  constructor(connection: Connection, collection = "delayed_rates") {
    this.#rates = collectionOf<RateDocument>(connection, collection);
  }

  async reserve(key: string, wanted: number, rate: Rate): Promise<Reservation> {
    const slots = slotsOf(rate);
    const id = `${key}/${rate.per}`;
    const found = await storeErrors(async () => {
      const update = reservation(wanted, rate, slots);
      return (await this.#update(id, update)) ?? (await this.#begin(id, update));
    });
    if (found === null) throw new StoreError(`MongoDB does not keep the rate of ${key}.`);
    const { granted, now, slots: counted } = found;
    return { granted, retryIn: granted === wanted ? 0 : retryIn(counted, slots, now) };
  }

  #update(_id: string, update: mongo.Document[]): Promise<RateDocument | null> {
    return this.#rates.findOneAndUpdate({ _id }, update, { returnDocument: "after" });
  }

  /** Several processes may begin one rate at once; all but one find it there. */
  async #begin(_id: string, update: mongo.Document[]): Promise<RateDocument | null> {
    const none = { _id, slots: [], granted: 0, now: 0 };
    await insertOnce(this.#rates, none);
    return this.#update(_id, update);
  }
}

const counts = (slots: unknown) => ({ $sum: { $map: { input: slots, as: "each", in: "$$each.count" } } });
const those = (slots: unknown, cond: unknown) => ({ $filter: { input: slots, as: "each", cond } });

/** Forgets old slots, grants what is left, and adds it to the current slot. */
function reservation(wanted: number, { limit }: Rate, { length, count }: Slots): mongo.Document[] {
  const current = { $floor: { $divide: ["$now", length] } };
  const left = { $subtract: [limit, counts("$slots")] };
  const here = counts(those("$slots", { $eq: ["$$each.slot", current] }));
  const others = those("$slots", { $ne: ["$$each.slot", current] });
  return [
    { $set: { now: { $toLong: "$$NOW" } } },
    { $set: { slots: those("$slots", { $gt: ["$$each.slot", { $subtract: [current, count] }] }) } },
    { $set: { granted: { $max: [0, { $min: [wanted, left] }] } } },
    {
      $set: { slots: { $concatArrays: [others, [{ slot: current, count: { $add: ["$granted", here] } }]] } },
    },
  ];
}
