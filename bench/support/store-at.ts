import mongoose from "mongoose";
import type { JobStore } from "../../src/jobs/job-store.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { type Database, openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import type { ContenderContext } from "./contender.ts";

export interface OpenStore<S extends JobStore = JobStore> {
  readonly store: S;
  close(): Promise<void>;
}

/** Our store at a place: MongoDB by its URI, SQLite by its path. */
export function storeAt(
  uri: string,
  onCommand: ContenderContext["onCommand"] = () => undefined,
): Promise<OpenStore> {
  return uri.startsWith("mongodb://") ? mongoAt(uri, onCommand) : sqliteAt(uri);
}

export async function mongoAt(
  uri: string,
  onCommand: ContenderContext["onCommand"],
): Promise<OpenStore<MongoJobStore>> {
  const connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise();
  connection.getClient().on("commandStarted", onCommand);
  const store = new MongoJobStore(connection);
  await store.open();
  await store.ensureIndexes();
  const close = async () => {
    await store.close();
    await connection.close();
  };
  return { store, close };
}

export async function sqliteAt(
  path: string,
): Promise<OpenStore<SqliteJobStore> & { readonly database: Database }> {
  const database = await openDatabase(path);
  const store = new SqliteJobStore(database);
  const close = async () => {
    await store.close();
    database.close();
  };
  return { store, database, close };
}
