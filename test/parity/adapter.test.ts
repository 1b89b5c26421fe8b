import { describe, expect, it } from "vitest";
import { z } from "zod";
import { delayAll } from "../../src/jobs/delayable-call.ts";
import { Job } from "../../src/jobs/job.ts";
import { job } from "../../src/plain-jobs/job.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { describeJobStore } from "../contracts/job-store.ts";
import { startApp } from "../support/app.ts";

const ran: unknown[] = [];

const Probe = job("parity.Probe", {
  args: z.tuple([z.union([z.string(), z.number(), z.bigint()])]),
  queue: "integration_tests",
  perform(what) {
    ran.push(what);
  },
});

async function start() {
  ran.length = 0;
  return startApp();
}

const one = { concurrency: 1 };

describe("a plain job, where delayed_job stands behind Active Job", () => {
  it("runs once, with its argument, in its queue (DJ-171, DJ-172)", async () => {
    const { app } = await start();
    const stored = await Probe.delay().perform("argument");
    expect(stored.queue).toBe("integration_tests");
    expect(await app.worker().workOff()).toEqual({ succeeded: 1, failed: 0 });
    expect(await app.worker().workOff()).toEqual({ succeeded: 0, failed: 0 });
    expect(ran).toEqual(["argument"]);
  });

  it("runs both of two that were stored at once, in order (DJ-173)", async () => {
    const { app } = await start();
    await delayAll([Probe.call("first"), Probe.call("second")]);
    await app.worker(one).workOff();
    expect(ran).toEqual(["first", "second"]);
  });

  it("waits for its time, by itself and among others (DJ-174 to DJ-176)", async () => {
    const { app } = await start();
    const before = Date.now();
    const alone = await Probe.delay({ in: "5s" }).perform("alone");
    const [many] = await delayAll([Probe.call("many")], { in: "5s" });
    await app.worker().workOff();
    expect(ran).toEqual([]);
    for (const stored of [alone, many]) {
      const ahead = (stored?.runAt.getTime() ?? 0) - before;
      expect(ahead).toBeGreaterThanOrEqual(5_000);
      expect(ahead).toBeLessThan(6_000 + (Date.now() - before));
    }
  });

  it("runs before one of a higher number that is due at the same time (DJ-177)", async () => {
    const { app } = await start();
    const at = new Date(Date.now() - 1_000);
    await Probe.delay({ at, priority: 20 }).perform("twenty");
    await Probe.delay({ at, priority: 10 }).perform("ten");
    await app.worker(one).workOff();
    expect(ran).toEqual(["ten", "twenty"]);
  });

  it("gets decimal and long numbers as they were given (DJ-167)", async () => {
    const { app } = await start();
    await delayAll([Probe.call(13.37), Probe.call(0.1 + 0.2), Probe.call(2n ** 80n + 1n)]);
    await app.worker(one).workOff();
    expect(ran).toEqual([13.37, 0.30000000000000004, 1208925819614629174706177n]);
    expect(await Job.all().count()).toBe(0);
  });
});

describe("a store in memory passes the whole contract (DJ-178)", () => {
  describeJobStore("SQLite in memory", async () => {
    const database = await openDatabase(":memory:");
    let only: SqliteJobStore | undefined;
    return {
      // No other process can have it, so another store on it is the same one.
      open: async (options) => {
        only ??= new SqliteJobStore(database, options);
        return only;
      },
      close: async () => {
        await only?.close();
        database.close();
      },
    };
  });
});
