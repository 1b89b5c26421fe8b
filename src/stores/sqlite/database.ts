import { betterSqlite3 } from "./better-sqlite3.ts";
import { DatabaseFile } from "./database-file.ts";
import type { Driver, DriverName, DriverStatement, OpenDriver, Value } from "./driver.ts";
import { nodeSqlite } from "./node-sqlite.ts";
import { storeErrors } from "./sqlite-error.ts";

export interface DatabaseOptions {
  /**
   * `FULL` survives a power cut, at one fsync per write; `NORMAL` may lose the last writes then, but none in a killed process.
   * @default "FULL"
   */
  readonly synchronous?: "FULL" | "NORMAL";
  /** How long anything waits for another process's write, in ms. @default 5_000 */
  readonly busyTimeout?: number;
  /** @default "node" where Node has `node:sqlite` without a flag, else "better-sqlite3" */
  readonly driver?: DriverName;
}

/** The pages that are kept in memory, in KiB. */
const CACHE_KIB = 16_000;

/**
 * Opens the embedded database, in WAL mode, and makes its folder.
 * @param path a file, or ":memory:"
 * @throws StoreError when this Node has no SQLite and better-sqlite3 is not installed, or the file cannot be opened
 */
export async function openDatabase(
  path: string,
  { synchronous = "FULL", busyTimeout = 5_000, driver }: DatabaseOptions = {},
): Promise<Database> {
  const open = await openerOf(driver);
  return storeErrors(() => {
    const file = path === ":memory:" ? undefined : new DatabaseFile(path);
    const database = new Database(open(path), { file, busyTimeout });
    database.exec(
      `PRAGMA busy_timeout = ${busyTimeout}; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};
       PRAGMA foreign_keys = ON; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA busy_timeout = 0`,
    );
    return database;
  }, `The SQLite file ${path} cannot be opened`);
}

async function openerOf(name: DriverName | undefined): Promise<OpenDriver> {
  const own = name === "better-sqlite3" ? undefined : nodeSqlite();
  return own ?? betterSqlite3();
}

/** An open SQLite file, whichever library opened it. */
export class Database {
  /** How long to wait for another process's write, in ms. */
  readonly busyTimeout: number;
  readonly #driver: Driver;
  readonly #file: DatabaseFile | undefined;
  readonly #statements = new Map<string, unknown>();

  constructor(
    driver: Driver,
    { file, busyTimeout }: { readonly file: DatabaseFile | undefined; readonly busyTimeout: number },
  ) {
    this.#driver = driver;
    this.#file = file;
    this.busyTimeout = busyTimeout;
  }

  /** Whether the file is still at its path. */
  get isThere(): boolean {
    return this.#file?.isThere ?? true;
  }

  /** @throws StoreGoneError when the file was deleted, or another was put in its place */
  checkFile(): void {
    this.#file?.check();
  }

  /** Each text is prepared once, because preparing takes longer than running. The texts are few, so none is forgotten. */
  prepare<P extends Values = readonly Value[], R = unknown>(sql: string): Statement<P, R> {
    const known = this.#statements.get(sql);
    if (known) return known as Statement<P, R>;
    const statement = new Statement<P, R>(this.#driver, sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Runs a script of statements that give back nothing. */
  exec(sql: string): void {
    this.#driver.exec(sql);
  }

  /** Reads a setting. */
  pragma(name: string): Value {
    const [value = null] = Object.values(
      this.prepare<[], Record<string, Value>>(`PRAGMA ${name}`).get() ?? {},
    );
    return value;
  }

  /** @returns `run` as one transaction, which takes the write lock at its begin or throws that the file is busy */
  transaction<A extends readonly unknown[], T>(
    run: (...args: A) => T,
  ): { readonly immediate: (...args: A) => T } {
    return {
      immediate: (...args) => {
        this.prepare("BEGIN IMMEDIATE").run();
        try {
          const result = run(...args);
          this.prepare("COMMIT").run();
          return result;
        } catch (error) {
          this.#rollBack();
          throw error;
        }
      },
    };
  }

  close(): void {
    this.#driver.close();
  }

  /** SQLite may have rolled back by itself, as on a full disk. Nothing is to be done then, and the first error is the one to throw. */
  #rollBack(): void {
    try {
      this.prepare("ROLLBACK").run();
    } catch {}
  }
}

/** What is bound: values in their order, or by the names that stand in the SQL as `@name`. */
export type Values = readonly Value[] | Readonly<Record<string, Value>>;
type Bound<P extends Values> = P extends readonly Value[] ? P : [values: P];

const NAME = /@(\w+)/g;

/**
 * One statement, prepared once. Names are put in order here and not by the drivers, of which one refuses names that do not stand in the
 * SQL and takes twice as long by name as in order.
 */
export class Statement<P extends Values = readonly Value[], R = unknown> {
  readonly #statement: DriverStatement;
  readonly #names: readonly string[];

  constructor(driver: Driver, sql: string) {
    this.#names = [...sql.matchAll(NAME)].map(([, name = ""]) => name);
    this.#statement = driver.prepare(sql.replaceAll(NAME, "?"));
  }

  run(...values: Bound<P>): { readonly changes: number } {
    return { changes: Number(this.#statement.run(...this.#inOrder(values)).changes) };
  }

  get(...values: Bound<P>): R | undefined {
    return this.#statement.get(...this.#inOrder(values)) as R | undefined;
  }

  all(...values: Bound<P>): R[] {
    return this.#statement.all(...this.#inOrder(values)) as R[];
  }

  /** @throws TypeError when one is undefined, which one driver would store as null and the other refuses */
  #inOrder(values: Bound<P>): readonly Value[] {
    if (this.#names.length === 0) return (values as readonly Value[]).map(storable);
    const [byName] = values as [Readonly<Record<string, Value>>];
    return this.#names.map((name) => storable(byName[name]));
  }
}

/**
 * A text ends at a NUL character for some functions of SQLite, and for Node 22 when it is read. So another character is stored for it,
 * and searched for.
 */
function storable(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError("A value that is bound to an SQL statement is undefined.");
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\ufffd") : value;
}
