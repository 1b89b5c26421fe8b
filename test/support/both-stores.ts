import type { Settings } from "../../src/config/settings.ts";
import { newMongoDatabase } from "./mongo-database.ts";

/** Settings of an application on each store, for `describe.each`. */
export const BOTH_STORES: readonly (readonly [string, () => Promise<Settings>])[] = [
  ["SQLite", async () => ({ sqlite: ":memory:" })],
  ["MongoDB", async () => ({ mongodbUri: await newMongoDatabase() })],
];
