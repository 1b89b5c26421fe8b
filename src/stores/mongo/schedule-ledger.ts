import type { Connection, mongo } from "mongoose";
import type { ScheduleLedger } from "../../schedules/ledger.ts";
import { collectionOf, storeErrors } from "./connection.ts";

interface ScheduleDocument {
  _id: string;
  lastTick: Date;
}

/** How far schedules have come, one small document each. */
export class MongoScheduleLedger implements ScheduleLedger {
  readonly #schedules: mongo.Collection<ScheduleDocument>;

  constructor(connection: Connection, collection = "delayed_schedules") {
    this.#schedules = collectionOf(connection, collection);
  }

  async begin(schedule: string, now: Date): Promise<Date> {
    const found = await storeErrors(() =>
      this.#schedules.findOneAndUpdate(
        { _id: schedule },
        { $setOnInsert: { lastTick: now } },
        { upsert: true, returnDocument: "after" },
      ),
    );
    return found?.lastTick ?? now;
  }

  async advance(schedule: string, tick: Date): Promise<void> {
    await storeErrors(() => this.#schedules.updateOne({ _id: schedule }, { $max: { lastTick: tick } }));
  }

  async last(schedule: string): Promise<Date | undefined> {
    return (await storeErrors(() => this.#schedules.findOne({ _id: schedule })))?.lastTick;
  }
}
