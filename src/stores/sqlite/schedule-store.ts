import type { ScheduleStore } from "../../schedules/schedule-store.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { retryWhileBusy } from "./retry-while-busy.ts";

const SCHEMA: readonly string[] = [
  "CREATE TABLE schedules (name TEXT PRIMARY KEY, last_tick INTEGER NOT NULL)",
];

/** How far schedules have come, in the embedded file. */
export class SqliteScheduleStore implements ScheduleStore {
  readonly #database: Database;

  /** @throws StoreError */
  constructor(database: Database) {
    migrate(database, "schedules", SCHEMA);
    this.#database = database;
  }

  async begin(schedule: string, now: Date): Promise<Date> {
    const sql = "INSERT OR IGNORE INTO schedules (name, last_tick) VALUES (?, ?)";
    await retryWhileBusy(this.#database, () => this.#database.prepare(sql).run(schedule, now.getTime()));
    return (await this.last(schedule)) ?? now;
  }

  async advance(schedule: string, tick: Date): Promise<void> {
    const sql = "UPDATE schedules SET last_tick = MAX(last_tick, ?) WHERE name = ?";
    await retryWhileBusy(this.#database, () => this.#database.prepare(sql).run(tick.getTime(), schedule));
  }

  async last(schedule: string): Promise<Date | undefined> {
    const sql = "SELECT last_tick AS tick FROM schedules WHERE name = ?";
    const row = await retryWhileBusy(this.#database, () =>
      this.#database.prepare<[string], { tick: number }>(sql).get(schedule),
    );
    return row && new Date(row.tick);
  }
}
