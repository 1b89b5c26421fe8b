import type { ScheduleStore } from "../../schedules/schedule-store.ts";
import type { Database } from "./database.ts";
import type { Value } from "./driver.ts";
import { migrate } from "./migrate.ts";
import { retryWhileBusy } from "./retry-while-busy.ts";

const SCHEMA: readonly string[] = [
  "CREATE TABLE schedules (name TEXT PRIMARY KEY, last_tick INTEGER NOT NULL)",
  "ALTER TABLE schedules ADD COLUMN paused_at INTEGER",
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

  async pause(schedule: string, now: Date): Promise<void> {
    const sql = `INSERT INTO schedules (name, last_tick, paused_at) VALUES (@schedule, @now, @now)
      ON CONFLICT (name) DO UPDATE SET paused_at = COALESCE(paused_at, excluded.paused_at)`;
    await this.#write(sql, schedule, now);
  }

  async resume(schedule: string, now: Date): Promise<void> {
    const sql = `UPDATE schedules SET last_tick = MAX(last_tick, @now), paused_at = NULL
      WHERE name = @schedule AND paused_at IS NOT NULL`;
    await this.#write(sql, schedule, now);
  }

  async paused(): Promise<readonly string[]> {
    const sql = "SELECT name FROM schedules WHERE paused_at IS NOT NULL ORDER BY name";
    const rows = await retryWhileBusy(this.#database, () =>
      this.#database.prepare<[], { name: string }>(sql).all(),
    );
    return rows.map(({ name }) => name);
  }

  async #write(sql: string, schedule: string, now: Date): Promise<void> {
    await retryWhileBusy(this.#database, () =>
      this.#database.prepare<Record<string, Value>>(sql).run({ schedule, now: now.getTime() }),
    );
  }
}
