import type { Connection, mongo } from "mongoose";
import { StoreError } from "../../errors/errors.ts";
import type { Rate, Slots } from "../../jobs/rate.ts";
import { slotsOf } from "../../jobs/rate.ts";
import {
  type Draw,
  type Holder,
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

/** The permits of one key, beside the rates. */
interface PermitsDocument {
  /** "permits of " and the key. */
  readonly _id: string;
  readonly holders: readonly { readonly holder: string; readonly count: number; readonly until: number }[];
  /** What the last one who asked got, and when, by the server's clock. */
  readonly granted: number;
  readonly now: number;
}

/** What was used of one key in its period, beside the rates. */
interface PeriodDocument {
  /** "used of " and the key. */
  readonly _id: string;
  readonly period: string;
  readonly used: number;
  /** What the last one who asked got. */
  readonly granted: number;
}

/** Limits that all machines share. Each step is one update, which the server decides by its own clock. */
export class MongoRateStore implements RateStore {
  readonly #rates: mongo.Collection<RateDocument>;
  readonly #permits: mongo.Collection<PermitsDocument>;
  readonly #periods: mongo.Collection<PeriodDocument>;

  constructor(connection: Connection, collection = "delayed_rates") {
    this.#rates = collectionOf<RateDocument>(connection, collection);
    this.#permits = collectionOf<PermitsDocument>(connection, collection);
    this.#periods = collectionOf<PeriodDocument>(connection, collection);
  }

  async reserve(key: string, wanted: number, rate: Rate): Promise<Reservation> {
    const slots = slotsOf(rate);
    const none = { _id: `${key}/${rate.per}`, slots: [], granted: 0, now: 0 };
    const found = await updated(this.#rates, none, reservation(wanted, rate, slots));
    const { granted, now, slots: counted } = found;
    return { granted, retryIn: granted === wanted ? 0 : retryIn(counted, slots, now) };
  }

  async hold(key: string, holder: Holder, wanted: number, limit: number): Promise<number> {
    const none = { _id: `permits of ${key}`, holders: [], granted: 0, now: 0 };
    return (await updated(this.#permits, none, holding(holder, wanted, limit))).granted;
  }

  async draw(key: string, draw: Draw): Promise<number> {
    const none = { _id: `used of ${key}`, period: "", used: 0, granted: 0 };
    return Math.max(0, (await updated(this.#periods, none, drawing(draw))).granted);
  }
}

/** Several processes may begin with one document at once; all but one find it there. @throws StoreError */
async function updated<T extends { readonly _id: string }>(
  collection: mongo.Collection<T>,
  none: T,
  update: mongo.Document[],
): Promise<T> {
  // What is looked for is the document's own _id.
  const own = { _id: none._id } as mongo.Filter<T>;
  const change = () => collection.findOneAndUpdate(own, update, { returnDocument: "after" });
  const found = await storeErrors(async () => {
    const there = await change();
    if (there !== null) return there;
    await insertOnce(collection, none as mongo.OptionalUnlessRequiredId<T>);
    return change();
  });
  // No driver option asks for less than the document.
  if (found !== null) return found as T;
  throw new StoreError(`MongoDB does not keep the limits of ${none._id}.`);
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

/** Forgets who has not been heard of, and gives what the others leave; what somebody has he keeps. */
function holding({ id, leaseMs }: Holder, wanted: number, limit: number): mongo.Document[] {
  const own = those("$holders", { $eq: ["$$each.holder", id] });
  const others = those("$holders", { $ne: ["$$each.holder", id] });
  const kept = { $min: [counts(own), wanted] };
  const left = { $min: [wanted, { $subtract: [limit, counts(others)] }] };
  const mine = [{ holder: id, count: "$granted", until: { $add: ["$now", leaseMs] } }];
  return [
    { $set: { now: { $toLong: "$$NOW" } } },
    { $set: { holders: those("$holders", { $gt: ["$$each.until", "$now"] }) } },
    { $set: { granted: { $max: [kept, left, 0] } } },
    { $set: { holders: { $concatArrays: [others, { $cond: [{ $gt: ["$granted", 0] }, mine, []] }] } } },
  ];
}

/** Begins the period where it is later, and counts what is drawn, or given back. */
function drawing({ period, wanted, limit }: Draw): mongo.Document[] {
  const isLater = { $lt: ["$period", period] };
  return [
    { $set: { used: { $cond: [isLater, 0, "$used"] }, period: { $cond: [isLater, period, "$period"] } } },
    {
      $set: { granted: { $max: [Math.min(0, wanted), { $min: [wanted, { $subtract: [limit, "$used"] }] }] } },
    },
    { $set: { used: { $max: [0, { $add: ["$used", "$granted"] }] } } },
  ];
}
