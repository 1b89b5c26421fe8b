import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";

/** Holds the write lock of an SQLite file for as long as it is told, in ms. */
const database = new Sqlite(process.argv[2], { timeout: 60_000 });
process.on("disconnect", () => process.exit(0));
process.on("message", async (ms) => {
  database.exec("BEGIN IMMEDIATE");
  await sleep(Number(ms));
  database.exec("ROLLBACK");
  process.send?.("ready");
});
process.send?.("ready");
