/** What can be bound to a statement and stored. */
export type Value = string | number | bigint | Uint8Array | null;

/** The port to SQLite: what `node:sqlite` and better-sqlite3 have in common, with values bound in their order. */
export interface Driver {
  exec(sql: string): unknown;
  prepare(sql: string): DriverStatement;
  close(): unknown;
}

export interface DriverStatement {
  run(...values: readonly Value[]): { readonly changes: number | bigint };
  get(...values: readonly Value[]): unknown;
  all(...values: readonly Value[]): unknown[];
}

/** @param path a file, or ":memory:" */
export type OpenDriver = (path: string) => Driver;

/** `node` is Node's own `node:sqlite`. */
export type DriverName = "node" | "better-sqlite3";
