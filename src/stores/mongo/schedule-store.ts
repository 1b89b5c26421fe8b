import type { Connection, mongo } from "mongoose";
import type { ScheduleStore } from "../../schedules/schedule-store.ts";
import { collectionOf, insertOnce, storeErrors } from "./connection.ts";

interface ScheduleDocument {
  _id: string;
  lastTick: Date;
}

/** How far schedules have come, one small document each. */
export class MongoScheduleStore implements ScheduleStore {
  readonly #schedules: mongo.Collection<ScheduleDocument>;

  constructor(connection: Connection, collection = "delayed_schedules") {
    this.#schedules = collectionOf(connection, collection);
  }

  /** Inserted rather than upserted: of several at once one succeeds, and the unique `_id` sends the others to read it. */
  async begin(schedule: string, now: Date): Promise<Date> {
    const known = await this.last(schedule);
    if (known) return known;
    const isFirst = await storeErrors(() => insertOnce(this.#schedules, { _id: schedule, lastTick: now }));
    return isFirst ? now : ((await this.last(schedule)) ?? now);
  }

  async advance(schedule: string, tick: Date): Promise<void> {
    await storeErrors(() => this.#schedules.updateOne({ _id: schedule }, { $max: { lastTick: tick } }));
  }

  async last(schedule: string): Promise<Date | undefined> {
    return (await storeErrors(() => this.#schedules.findOne({ _id: schedule })))?.lastTick;
  }
}
