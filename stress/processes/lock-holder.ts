import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "../../src/stores/sqlite/database.ts";

/** Holds the write lock of an SQLite file for as long as it is told, in ms. */
const database = await openDatabase(process.argv[2] ?? "");
database.exec("PRAGMA busy_timeout = 60000");
process.on("disconnect", () => process.exit(0));
process.on("message", async (ms) => {
  database.exec("BEGIN IMMEDIATE");
  await sleep(Number(ms));
  database.exec("ROLLBACK");
  process.send?.("ready");
});
process.send?.("ready");
