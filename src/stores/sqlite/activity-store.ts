import {
  type ActivityStore,
  COUNTED_THINGS,
  type Counts,
  type CountsOf,
  firstSlot,
  GONE_AFTER_MS,
  HISTORIES,
  type History,
  type Slot,
  type Subject,
  slotAt,
  type WorkerReport,
} from "../../activity/activity-store.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { retryWhileBusy } from "./retry-while-busy.ts";

const SCHEMA: readonly string[] = [
  `CREATE TABLE activity (
     history TEXT NOT NULL,
     at INTEGER NOT NULL,
     subject TEXT NOT NULL,
     name TEXT NOT NULL,
     done INTEGER NOT NULL,
     retried INTEGER NOT NULL,
     failed INTEGER NOT NULL,
     sent INTEGER NOT NULL,
     begun INTEGER NOT NULL,
     waitMs INTEGER NOT NULL,
     PRIMARY KEY (history, at, subject, name)
   ) WITHOUT ROWID;
   CREATE TABLE workers (id TEXT PRIMARY KEY, at INTEGER NOT NULL, report TEXT NOT NULL);`,
];

type Row = Counts & { readonly at: number; readonly subject: Subject; readonly name: string };

const COLUMNS = COUNTED_THINGS.join(", ");

/** What workers did and do, in the embedded file. */
export class SqliteActivityStore implements ActivityStore {
  readonly #database: Database;
  readonly #add: (at: Date, counts: readonly CountsOf[]) => void;

  /** @throws StoreError */
  constructor(database: Database) {
    migrate(database, "activity", SCHEMA);
    this.#database = database;
    const upsert = database.prepare<Record<string, string | number>>(
      `INSERT INTO activity (history, at, subject, name, ${COLUMNS})
       VALUES (@history, @at, @subject, @name, ${COUNTED_THINGS.map((each) => `@${each}`).join(", ")})
       ON CONFLICT DO UPDATE SET ${COUNTED_THINGS.map((each) => `${each} = ${each} + excluded.${each}`).join(", ")}`,
    );
    const purge = database.prepare<[string, number]>("DELETE FROM activity WHERE history = ? AND at < ?");
    this.#add = database.transaction((at: Date, all: readonly CountsOf[]) => {
      for (const history of Object.keys(HISTORIES) as History[]) {
        purge.run(history, firstSlot(history, at).getTime());
        const slot = slotAt(history, at).getTime();
        for (const { counts, ...of } of all) upsert.run({ history, at: slot, ...of, ...counts });
      }
    }).immediate;
  }

  async add(at: Date, counts: readonly CountsOf[]): Promise<void> {
    await retryWhileBusy(this.#database, () => this.#add(at, counts));
  }

  async history(history: History, now: Date): Promise<readonly Slot[]> {
    const sql = `SELECT at, subject, name, ${COLUMNS} FROM activity WHERE history = ? AND at >= ? ORDER BY at, subject, name`;
    const rows = await retryWhileBusy(this.#database, () =>
      this.#database.prepare<[string, number], Row>(sql).all(history, firstSlot(history, now).getTime()),
    );
    return rows.map(({ at, subject, name, ...counts }) => ({ at: new Date(at), subject, name, counts }));
  }

  async report(report: WorkerReport): Promise<void> {
    const at = report.at.getTime();
    await retryWhileBusy(this.#database, () => {
      this.#database.prepare<[number]>("DELETE FROM workers WHERE at < ?").run(at - GONE_AFTER_MS);
      this.#database
        .prepare<[string, number, string]>("INSERT OR REPLACE INTO workers (id, at, report) VALUES (?, ?, ?)")
        .run(report.worker, at, JSON.stringify(report));
    });
  }

  async leave(worker: string): Promise<void> {
    await retryWhileBusy(this.#database, () =>
      this.#database.prepare<[string]>("DELETE FROM workers WHERE id = ?").run(worker),
    );
  }

  async workers(now: Date): Promise<readonly WorkerReport[]> {
    const sql = "SELECT report FROM workers WHERE at >= ? ORDER BY id";
    const rows = await retryWhileBusy(this.#database, () =>
      this.#database.prepare<[number], { report: string }>(sql).all(now.getTime() - GONE_AFTER_MS),
    );
    return rows.map(({ report }) => revived(report));
  }
}

/** `report` wrote it, where dates became text. */
function revived(text: string): WorkerReport {
  const report = JSON.parse(text) as WorkerReport;
  return {
    ...report,
    startedAt: new Date(report.startedAt),
    at: new Date(report.at),
    running: report.running.map((job) => ({ ...job, since: new Date(job.since) })),
  };
}
