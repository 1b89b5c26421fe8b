import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import type { DriverName } from "../../src/stores/sqlite/driver.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { SqliteNewsletterStore } from "../../src/stores/sqlite/newsletters/newsletter-store.ts";
import { describeJobStore } from "../contracts/job-store.ts";
import { describeNewsletterStore } from "../contracts/newsletter-store.ts";
import { withEachDriver } from "../support/sqlite-drivers.ts";

function newFile(driver: DriverName) {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-"));
  const closing: (() => Promise<void>)[] = [];
  return {
    open: async () => {
      const database = await openDatabase(join(folder, "store.sqlite"), { synchronous: "NORMAL", driver });
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

withEachDriver("as a job store and a ledger of newsletters", (driver, name) => {
  describeJobStore(name, async () => {
    const { open, closing, close } = newFile(driver);
    return {
      open: async (options) => {
        const store = new SqliteJobStore(await open(), options);
        closing.push(() => store.close());
        return store;
      },
      close,
    };
  });

  describeNewsletterStore(name, async () => {
    const { open, close } = newFile(driver);
    return { open: async () => new SqliteNewsletterStore(await open()), close };
  });
});
