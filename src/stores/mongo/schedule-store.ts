import type { Connection, mongo } from "mongoose";
import type { ScheduleStore } from "../../schedules/schedule-store.ts";
import { collectionOf, insertOnce, storeErrors } from "./connection.ts";

interface ScheduleDocument {
  _id: string;
  lastTick: Date;
  pausedAt?: Date;
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

  async pause(schedule: string, now: Date): Promise<void> {
    await this.begin(schedule, now);
    const open = { _id: schedule, pausedAt: { $exists: false } };
    await storeErrors(() => this.#schedules.updateOne(open, { $set: { pausedAt: now } }));
  }

  async resume(schedule: string, now: Date): Promise<void> {
    const paused = { _id: schedule, pausedAt: { $exists: true } };
    const update = { $max: { lastTick: now }, $unset: { pausedAt: "" as const } };
    await storeErrors(() => this.#schedules.updateOne(paused, update));
  }

  /** There are few schedules, so no index is needed. */
  async paused(): Promise<readonly string[]> {
    const paused = this.#schedules.find({ pausedAt: { $exists: true } }).sort({ _id: 1 });
    return (await storeErrors(() => paused.toArray())).map(({ _id }) => _id);
  }
}
