import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Connection } from "mongoose";
import { expect, it } from "vitest";
import { slotsOf } from "../../src/jobs/rate.ts";
import { connect } from "../../src/stores/mongo/connection.ts";
import { MongoRateStore } from "../../src/stores/mongo/rate-store.ts";
import { type Database, openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteRateStore } from "../../src/stores/sqlite/rate-store.ts";
import { describeRateStore } from "../contracts/rate-store.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { withEachDriver } from "../support/sqlite-drivers.ts";

withEachDriver("as a ledger of rates", (driver, name) =>
  describeRateStore(name, async () => {
    const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-"));
    const databases: Database[] = [];
    return {
      open: async () => {
        const path = join(folder, "store.sqlite");
        const database = await openDatabase(path, { synchronous: "NORMAL", driver });
        databases.push(database);
        return new SqliteRateStore(database);
      },
      close: async () => {
        for (const database of databases) database.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }),
);

describeRateStore("MongoDB", async () => {
  const uri = await newMongoDatabase();
  const connections: Connection[] = [];
  return {
    open: async () => {
      const connection = await connect(uri);
      connections.push(connection);
      return new MongoRateStore(connection);
    },
    close: async () => {
      await connections[0]?.dropDatabase();
      for (const connection of connections) await connection.close();
    },
  };
});

it("never lets more be sent in any span than the rate says, whenever sends are reserved and used", async () => {
  const database = await openDatabase(":memory:");
  let now = 1_000_000;
  const ledger = new SqliteRateStore(database, { now: () => now });
  let runs = 0;
  const step = fc.record({
    pause: fc.integer({ min: 0, max: 3_000 }),
    wanted: fc.integer({ min: 1, max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (steps, limit, late) => {
        runs += 1;
        const rate = { limit, per: 10_000 };
        const used: number[] = [];
        for (const { pause, wanted } of steps) {
          now += pause;
          const { granted } = await ledger.reserve(`key ${runs}`, wanted, rate);
          // Some are used at once, others as late as is allowed.
          for (let index = 0; index < granted; index++)
            used.push(now + (index % 2) * late * slotsOf(rate).length);
        }
        for (const begin of used)
          expect(used.filter((at) => at >= begin && at < begin + rate.per).length).toBeLessThanOrEqual(limit);
      },
    ),
    { numRuns: 200 },
  );
  database.close();
});

it("lets nearly all of a rate be used by somebody who always has something to send", async () => {
  const database = await openDatabase(":memory:");
  let now = 0;
  const ledger = new SqliteRateStore(database, { now: () => now });
  let sent = 0;
  while (now < 3_600_000) {
    const { granted, retryIn } = await ledger.reserve("a", 5, { limit: 100, per: 60_000 });
    sent += granted;
    now += granted > 0 ? 10 : retryIn;
  }
  database.close();
  expect(sent).toBeGreaterThan(0.95 * 6_000);
  expect(sent).toBeLessThanOrEqual(6_000);
});
