import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/job-store.ts";
import { describeJobStore } from "../contracts/job-store.ts";

describeJobStore("SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-"));
  const closing: (() => Promise<void>)[] = [];
  return {
    open: async (options) => {
      const database = await openDatabase(join(folder, "store.sqlite"), { synchronous: "NORMAL" });
      const store = new SqliteJobStore(database, options);
      closing.push(() => store.close().then(() => void database.close()));
      return store;
    },
    close: async () => {
      for (const close of closing) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
