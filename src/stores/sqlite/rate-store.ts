import type { Rate } from "../../jobs/rate.ts";
import { slotsOf } from "../../jobs/rate.ts";
import {
  type Draw,
  type Holder,
  type RateStore,
  type Reservation,
  retryIn,
  type SlotCount,
} from "../../transports/rates/rate-store.ts";
import type { Database } from "./database.ts";
import { leaseClock } from "./lease-clock.ts";
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
  `CREATE TABLE rate_permits (
     key TEXT NOT NULL,
     holder TEXT NOT NULL,
     count INTEGER NOT NULL,
     -- By the clock of leases, in ms.
     until INTEGER NOT NULL,
     PRIMARY KEY (key, holder)
   ) WITHOUT ROWID;
   CREATE TABLE rate_periods (
     key TEXT PRIMARY KEY,
     period TEXT NOT NULL,
     used INTEGER NOT NULL
   ) WITHOUT ROWID;`,
];

export interface SqliteRateStoreOptions {
  /** By which rates go. @default Date.now */
  readonly now?: () => number;
  /** The clock by which permits run out. Defaults to the clock of leases. */
  readonly leaseNow?: () => number;
}

/** Limits that the processes of one machine share. */
export class SqliteRateStore implements RateStore {
  readonly #database: Database;
  readonly #reserve: RateStoreNow["reserve"];
  readonly #hold: RateStoreNow["hold"];
  readonly #draw: RateStoreNow["draw"];

  constructor(database: Database, { now = Date.now, leaseNow }: SqliteRateStoreOptions = {}) {
    migrate(database, "rates", SCHEMA);
    this.#database = database;
    this.#reserve = reserving(database, now);
    this.#hold = holding(database, leaseNow ?? leaseClock(database));
    this.#draw = drawing(database);
  }

  async reserve(key: string, wanted: number, rate: Rate): Promise<Reservation> {
    return retryWhileBusy(this.#database, () => this.#reserve(key, wanted, rate));
  }

  async hold(key: string, holder: Holder, wanted: number, limit: number): Promise<number> {
    return retryWhileBusy(this.#database, () => this.#hold(key, holder, wanted, limit));
  }

  async draw(key: string, draw: Draw): Promise<number> {
    return retryWhileBusy(this.#database, () => this.#draw(key, draw));
  }
}

/** Each in one transaction, as long as no other process writes. */
interface RateStoreNow {
  readonly reserve: (key: string, wanted: number, rate: Rate) => Reservation;
  readonly hold: (key: string, holder: Holder, wanted: number, limit: number) => number;
  readonly draw: (key: string, draw: Draw) => number;
}

function reserving(database: Database, now: () => number): RateStoreNow["reserve"] {
  const forget = database.prepare("DELETE FROM rate_slots WHERE key = ? AND per = ? AND slot <= ?");
  const read = database.prepare<[string, number], SlotCount>(
    "SELECT slot, count FROM rate_slots WHERE key = ? AND per = ?",
  );
  const add = database.prepare(
    `INSERT INTO rate_slots (key, per, slot, count) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + excluded.count`,
  );
  return database.transaction((key: string, wanted: number, rate: Rate): Reservation => {
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

function holding(database: Database, now: () => number): RateStoreNow["hold"] {
  const forget = database.prepare("DELETE FROM rate_permits WHERE key = ? AND until <= ?");
  const read = database.prepare<[string], { holder: string; count: number }>(
    "SELECT holder, count FROM rate_permits WHERE key = ?",
  );
  const write = database.prepare(
    "INSERT OR REPLACE INTO rate_permits (key, holder, count, until) VALUES (?, ?, ?, ?)",
  );
  const remove = database.prepare("DELETE FROM rate_permits WHERE key = ? AND holder = ?");
  return database.transaction((key: string, { id, leaseMs }: Holder, wanted: number, limit: number) => {
    const time = now();
    forget.run(key, time);
    const holders = read.all(key);
    const own = holders.find(({ holder }) => holder === id)?.count ?? 0;
    const others = holders.reduce((sum, { count }) => sum + count, 0) - own;
    const granted = Math.max(Math.min(own, wanted), Math.min(wanted, limit - others), 0);
    if (granted > 0) write.run(key, id, granted, time + leaseMs);
    else remove.run(key, id);
    return granted;
  }).immediate;
}

function drawing(database: Database): RateStoreNow["draw"] {
  const read = database.prepare<[string], { period: string; used: number }>(
    "SELECT period, used FROM rate_periods WHERE key = ?",
  );
  const write = database.prepare("INSERT OR REPLACE INTO rate_periods (key, period, used) VALUES (?, ?, ?)");
  return database.transaction((key: string, { period, wanted, limit }: Draw) => {
    const found = read.get(key);
    const isLater = found === undefined || found.period < period;
    const used = isLater ? 0 : found.used;
    const granted = Math.max(Math.min(0, wanted), Math.min(wanted, limit - used));
    write.run(key, isLater ? period : found.period, Math.max(0, used + granted));
    return Math.max(0, granted);
  }).immediate;
}
