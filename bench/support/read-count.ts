import { createRequire } from "node:module";
import mongoose from "mongoose";

/** How often a store was read: queries of MongoDB, or statements of SQLite that give rows. */
export interface ReadCount {
  reset(): void;
  count(): number;
}

type Methods = Record<string, (...args: unknown[]) => unknown>;

/** Counts from now on, in this process. */
export async function countReads(store: "mongo" | "sqlite"): Promise<ReadCount> {
  let reads = 0;
  const countIn = (methods: Methods, names: readonly string[]) => {
    for (const name of names) {
      const original = methods[name];
      if (original === undefined) continue;
      methods[name] = function counted(this: unknown, ...args) {
        reads += 1;
        return Reflect.apply(original, this, args);
      };
    }
  };
  if (store === "mongo")
    countIn(mongoose.mongo.Collection.prototype as unknown as Methods, [
      ...["find", "findOne", "countDocuments", "aggregate", "distinct"],
    ]);
  else countIn(statementMethods(), ["get", "all", "iterate"]);
  return {
    reset: () => {
      reads = 0;
    },
    count: () => reads,
  };
}

/** Of whichever driver this Node has. */
function statementMethods(): Methods {
  const require = createRequire(import.meta.url);
  if (process.versions.node.startsWith("20.")) {
    const Database = require("better-sqlite3") as new (
      path: string,
    ) => { prepare(sql: string): object; close(): void };
    const database = new Database(":memory:");
    const methods = Object.getPrototypeOf(database.prepare("SELECT 1")) as Methods;
    database.close();
    return methods;
  }
  const { StatementSync } = require("node:sqlite") as { StatementSync: { prototype: Methods } };
  return StatementSync.prototype;
}
