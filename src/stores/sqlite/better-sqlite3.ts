import { errorMessage } from "../../errors/error-message.ts";
import { StoreError } from "../../errors/errors.ts";
import type { OpenDriver, Value } from "./driver.ts";

const OR_ELSE = "or use Node 22.13 or newer, which brings SQLite itself, or set MONGODB_URI";

/**
 * The package better-sqlite3, for a Node that has no SQLite of its own.
 * @throws StoreError when it is not installed, or was not built for this Node
 */
export async function betterSqlite3(): Promise<OpenDriver> {
  const { default: Sqlite } = await import("better-sqlite3").catch((error: unknown) => {
    throw new StoreError(
      `On Node ${process.versions.node} the embedded store needs the package better-sqlite3: npm install better-sqlite3@12, ${OR_ELSE}.`,
      { cause: error },
    );
  });
  try {
    // Its native part is loaded by the first database, and is missing where no install script was allowed to run.
    new Sqlite(":memory:").close();
  } catch (error) {
    throw new StoreError(
      `The package better-sqlite3 is installed, but not built for Node ${process.versions.node}: npm rebuild better-sqlite3 (allow its install script), ${OR_ELSE}. ${headOf(error)}`,
      { cause: error },
    );
  }
  return (path) => {
    const database = new Sqlite(path);
    return {
      exec: (sql) => database.exec(sql),
      prepare: (sql) => database.prepare<Value[]>(sql),
      close: () => database.close(),
    };
  };
}

function headOf(error: unknown): string {
  return errorMessage(error).split("\n", 1).join("");
}
