import { it } from "vitest";
import type { DriverName } from "../../src/stores/sqlite/driver.ts";
import { hasNodeSqlite } from "../../src/stores/sqlite/node-sqlite.ts";

/** The last Node on which better-sqlite3 12 can be trusted: later ones abort when it is collected. */
const LAST_FOR_BETTER_SQLITE3 = 22;
const { node } = process.versions;

const MISSING: Readonly<Record<DriverName, string | undefined>> = {
  node: hasNodeSqlite() ? undefined : `Node ${node} has no node:sqlite without a flag`,
  "better-sqlite3":
    Number.parseInt(node, 10) > LAST_FOR_BETTER_SQLITE3
      ? `better-sqlite3 12 aborts Node ${node}, which has node:sqlite instead`
      : undefined,
};

/** Runs the tests of `body` with each driver that this Node has; of one that it has not, the run says why. */
export function withEachDriver(what: string, body: (driver: DriverName, name: string) => void): void {
  for (const driver of ["node", "better-sqlite3"] as const) {
    const name = driver === "node" ? "SQLite (node:sqlite)" : "SQLite (better-sqlite3)";
    const reason = MISSING[driver];
    if (reason === undefined) body(driver, name);
    else it(`${name}, ${what}`, ({ skip }) => skip(reason));
  }
}
