import { StoreError } from "../../errors/errors.ts";
import type { Database } from "./database.ts";
import { storeErrors } from "./sqlite-error.ts";

/**
 * Brings one part of the schema up to date: each part counts the steps it has taken in a table of its own, so that several
 * processes may start at once.
 * @param steps SQL scripts, in order; add to the end, never change one
 * @throws StoreError also when a newer version of this library made the file: what that expects of it is not known here
 */
export function migrate(database: Database, part: string, steps: readonly string[]): void {
  patiently(database, () => takeSteps(database, part, steps));
}

/**
 * Runs what a store needs before it can be used. SQLite itself waits for a write of another process, because this process has nothing
 * else to do yet.
 * @throws StoreError
 */
export function patiently<T>(database: Database, run: () => T): T {
  database.exec(`PRAGMA busy_timeout = ${database.busyTimeout}`);
  try {
    return storeErrors(run);
  } finally {
    database.exec("PRAGMA busy_timeout = 0");
  }
}

function takeSteps(database: Database, part: string, steps: readonly string[]): void {
  database.exec(
    "CREATE TABLE IF NOT EXISTS delayed_mailer_schema (part TEXT PRIMARY KEY, steps INTEGER NOT NULL)",
  );
  const read = database.prepare<[string], { steps: number }>(
    "SELECT steps FROM delayed_mailer_schema WHERE part = ?",
  );
  const write = database.prepare("INSERT OR REPLACE INTO delayed_mailer_schema (part, steps) VALUES (?, ?)");
  database
    .transaction(() => {
      const taken = read.get(part)?.steps ?? 0;
      if (taken > steps.length) throw newerFile(part, taken, steps.length);
      for (const step of steps.slice(taken)) database.exec(step);
      if (taken < steps.length) write.run(part, steps.length);
    })
    .immediate();
}

function newerFile(part: string, found: number, known: number): StoreError {
  return new StoreError(
    `The SQLite file was made by a newer delayed-mailer: its schema of ${part} is version ${found}, and this one knows version ${known}. Install the newer delayed-mailer here too, or name another file (DELAYED_MAILER_SQLITE).`,
  );
}
