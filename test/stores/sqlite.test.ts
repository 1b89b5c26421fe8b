import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteBroadcastLedger } from "../../src/stores/sqlite/broadcast-ledger.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/job-store.ts";
import { describeBroadcastLedger } from "../contracts/broadcast-ledger.ts";
import { describeJobStore } from "../contracts/job-store.ts";

function newFile() {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-"));
  const closing: (() => Promise<void>)[] = [];
  return {
    open: async () => {
      const database = await openDatabase(join(folder, "store.sqlite"), { synchronous: "NORMAL" });
      closing.push(async () => void database.close());
      return database;
    },
    closing,
    close: async () => {
      for (const close of closing.toReversed()) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describeJobStore("SQLite", async () => {
  const { open, closing, close } = newFile();
  return {
    open: async (options) => {
      const store = new SqliteJobStore(await open(), options);
      closing.push(() => store.close());
      return store;
    },
    close,
  };
});

describeBroadcastLedger("SQLite", async () => {
  const { open, close } = newFile();
  return { open: async () => new SqliteBroadcastLedger(await open()), close };
});
