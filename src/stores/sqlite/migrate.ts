import { type Database, storeErrors } from "./database.ts";

/**
 * Brings one part of the schema up to date: each part counts the steps it has taken in a table of its own, so that several
 * processes may start at once.
 * @param steps SQL scripts, in order; add to the end, never change one
 * @throws StoreError
 */
export function migrate(database: Database, part: string, steps: readonly string[]): void {
  database.pragma(`busy_timeout = ${database.busyTimeout}`);
  try {
    storeErrors(() => takeSteps(database, part, steps));
  } finally {
    database.pragma("busy_timeout = 0");
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
      for (const step of steps.slice(taken)) database.exec(step);
      if (taken < steps.length) write.run(part, steps.length);
    })
    .immediate();
}
