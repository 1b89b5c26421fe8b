import type { Rate } from "../../transports/rates/rate.ts";
import { slotsOf } from "../../transports/rates/rate.ts";
import {
  type RateStore,
  type Reservation,
  retryIn,
  type SlotCount,
} from "../../transports/rates/rate-store.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { retryWhileBusy } from "./retry-while-busy.ts";

const SCHEMA: readonly string[] = [
  `CREATE TABLE rate_slots (
     key TEXT NOT NULL,
     -- In ms: what a slot's number means depends on it.
     per INTEGER NOT NULL,
     slot INTEGER NOT NULL,
     count INTEGER NOT NULL,
     PRIMARY KEY (key, per, slot)
   ) WITHOUT ROWID;`,
];

/** Rates that the processes of one machine share. */
export class SqliteRateStore implements RateStore {
  readonly #database: Database;
  readonly #reserve: (key: string, wanted: number, rate: Rate) => Reservation;

  constructor(database: Database, { now = Date.now }: { readonly now?: () => number } = {}) {
    migrate(database, "rates", SCHEMA);
    this.#database = database;
    const forget = database.prepare("DELETE FROM rate_slots WHERE key = ? AND per = ? AND slot <= ?");
    const read = database.prepare<[string, number], SlotCount>(
      "SELECT slot, count FROM rate_slots WHERE key = ? AND per = ?",
    );
    const add = database.prepare(
      `INSERT INTO rate_slots (key, per, slot, count) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    );
    this.#reserve = database.transaction((key: string, wanted: number, rate: Rate): Reservation => {
      const slots = slotsOf(rate);
      const time = now();
      const current = Math.floor(time / slots.length);
      forget.run(key, rate.per, current - slots.count);
      const counted = read.all(key, rate.per);
      const used = counted.reduce((sum, { count }) => sum + count, 0);
      const granted = Math.max(0, Math.min(wanted, rate.limit - used));
      if (granted > 0) add.run(key, rate.per, current, granted);
      const after = [...counted, { slot: current, count: granted }];
      return { granted, retryIn: granted === wanted ? 0 : retryIn(after, slots, time) };
    }).immediate;
  }

  async reserve(key: string, wanted: number, rate: Rate): Promise<Reservation> {
    return retryWhileBusy(this.#database, () => this.#reserve(key, wanted, rate));
  }
}
