import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type BetterSqlite3 from "better-sqlite3";
import { StoreError } from "../../errors.ts";

export interface Database extends BetterSqlite3.Database {
  /** How long to wait for another process's write, in ms. */
  readonly busyTimeout: number;
}

export interface DatabaseOptions {
  /**
   * `FULL` survives a power cut, at one fsync per write; `NORMAL` may lose the last writes then, but none in a killed process.
   * @default "FULL"
   */
  readonly synchronous?: "FULL" | "NORMAL";
  /** How long anything waits for another process's write, in ms. @default 5_000 */
  readonly busyTimeout?: number;
}

/**
 * Opens the embedded database, in WAL mode, and makes its folder.
 * @param path a file, or ":memory:"
 * @throws StoreError when better-sqlite3 is not installed or the file cannot be opened
 */
export async function openDatabase(
  path: string,
  { synchronous = "FULL", busyTimeout = 5_000 }: DatabaseOptions = {},
): Promise<Database> {
  const Sqlite = await loadLibrary();
  return storeErrors(() => {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    const database = Object.assign(new Sqlite(path, { timeout: busyTimeout }), { busyTimeout });
    database.pragma("journal_mode = WAL");
    database.pragma(`synchronous = ${synchronous}`);
    database.pragma("foreign_keys = ON");
    database.pragma("busy_timeout = 0");
    return database;
  }, `The SQLite file ${path} cannot be opened`);
}

async function loadLibrary(): Promise<typeof BetterSqlite3> {
  try {
    return (await import("better-sqlite3")).default;
  } catch (error) {
    throw new StoreError(
      "The embedded store needs the package better-sqlite3: install it (npm install better-sqlite3@12), or set MONGODB_URI.",
      { cause: error },
    );
  }
}

/**
 * Runs a statement or transaction, turning what SQLite throws into our own error.
 * @throws StoreError
 */
export function storeErrors<T>(run: () => T, what?: string): T {
  try {
    return run();
  } catch (error) {
    throw storeError(error, what);
  }
}

/** What SQLite threw as our own error; what anybody else threw as it is. */
export function storeError(error: unknown, what = "The SQLite store cannot be used"): unknown {
  if (!isSqliteError(error)) return error;
  return new StoreError(`${what}: ${error.message} (${error.code})${advice(error.code)}.`, { cause: error });
}

function isSqliteError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    /^(SQLITE|E[A-Z]+$)/.test(error.code)
  );
}

/** Whether another process holds the file just now. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && error.code.startsWith("SQLITE_BUSY");
}

function advice(code: string): string {
  if (code.startsWith("SQLITE_BUSY")) return "; another process holds the file for long, try again";
  if (code.startsWith("SQLITE_FULL")) return "; the disk is full, make room and try again";
  if (code.startsWith("SQLITE_CANTOPEN")) return "; check the path and its permissions";
  return "";
}
