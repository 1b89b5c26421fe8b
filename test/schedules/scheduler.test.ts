import mongoose from "mongoose";
import { afterEach, describe, expect, it } from "vitest";
import { Events } from "../../src/events.ts";
import type { JobStore } from "../../src/jobs/job-store.ts";
import { CronTimes } from "../../src/schedules/cron.ts";
import type { Schedule } from "../../src/schedules/schedule.ts";
import type { ScheduleStore } from "../../src/schedules/schedule-store.ts";
import { Scheduler } from "../../src/schedules/scheduler.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { MongoScheduleStore } from "../../src/stores/mongo/schedule-store.ts";
import { type DatabaseOptions, openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { SqliteScheduleStore } from "../../src/stores/sqlite/schedule-store.ts";
import { describeScheduleStore } from "../contracts/schedule-store.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { withEachDriver } from "../support/sqlite-drivers.ts";

interface Stores {
  readonly jobs: JobStore;
  readonly ledger: ScheduleStore;
  readonly close: () => Promise<void>;
}

async function onSqlite(options: DatabaseOptions = {}): Promise<Stores> {
  const database = await openDatabase(":memory:", options);
  const close = async () => void database.close();
  return { jobs: new SqliteJobStore(database), ledger: new SqliteScheduleStore(database), close };
}

async function onMongo(): Promise<Stores> {
  const uri = await newMongoDatabase();
  const connection = await mongoose.createConnection(uri).asPromise();
  const jobs = new MongoJobStore(connection);
  await jobs.open();
  await jobs.ensureIndexes();
  const close = async () => {
    await jobs.close();
    await connection.dropDatabase();
    await connection.close();
  };
  return { jobs, ledger: new MongoScheduleStore(connection), close };
}

withEachDriver("as a ledger of schedules", (driver, name) =>
  describeScheduleStore(name, () => onSqlite({ driver })),
);
describeScheduleStore("MongoDB", onMongo);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const NINE = Date.UTC(2026, 0, 5, 9);
const HOUR = 3_600_000;

function aSchedule(changes: Partial<Schedule> = {}): Schedule {
  const cron = changes.cron ?? "0 * * * *";
  const times = new CronTimes("test", cron, "UTC");
  return {
    name: "hourly",
    cron,
    timeZone: "UTC",
    missed: "once",
    times,
    atTick: () => undefined,
    ...changes,
  };
}

async function setup(changes: Partial<Schedule> = {}, open: () => Promise<Stores> = onSqlite) {
  const stores = await open();
  closing.push(stores.close);
  const clock = { now: NINE - 1_000 };
  const events = new Events();
  const scheduler = () =>
    new Scheduler({
      schedules: [aSchedule(changes)],
      ...stores,
      events,
      defaults: { queue: "default", priority: 0, maxAttempts: 25 },
      now: () => clock.now,
    });
  const stored = async () =>
    (await stores.jobs.find({})).map(({ args }) => (args[0] as { "@date": string })["@date"].slice(11, 16));
  return { ...stores, clock, events, scheduler, stored };
}

describe("a scheduler", () => {
  it("stores a tick when its time comes, and says how long until the next", async () => {
    const { clock, scheduler, stored } = await setup();
    const one = scheduler();
    expect(await one.look()).toBe(1_000);
    expect(await stored()).toEqual([]);
    clock.now = NINE;
    expect(await one.look()).toBe(HOUR);
    expect(await stored()).toEqual(["09:00"]);
    expect(await one.look()).toBe(HOUR);
    expect(await stored()).toEqual(["09:00"]);
  });

  it.each(["all", "once"] as const)(
    "lets the times of a paused schedule pass by (missed: %s)",
    async (missed) => {
      const { clock, ledger, scheduler, stored } = await setup({ missed });
      const one = scheduler();
      await one.look();
      await ledger.pause("hourly", new Date(clock.now));
      clock.now = NINE + HOUR;
      await one.look();
      await ledger.resume("hourly", new Date(clock.now + 60_000));
      clock.now = NINE + 2 * HOUR - 1;
      expect(await stored()).toEqual([]);
      expect(await one.look()).toBe(1);
      clock.now += 1;
      await one.look();
      expect(await stored()).toEqual(["11:00"]);
    },
  );

  it("misses nothing that came while a schedule was paused and no worker ran", async () => {
    const { clock, ledger, scheduler, stored } = await setup({ missed: "all" });
    await scheduler().look();
    await ledger.pause("hourly", new Date(clock.now));
    clock.now = NINE + 5 * HOUR + 1_000;
    await ledger.resume("hourly", new Date(clock.now));
    await scheduler().look();
    expect(await stored()).toEqual([]);
  });

  it.each([
    ["SQLite", onSqlite],
    ["MongoDB", onMongo],
  ])("is one of several on %s that store one job for one tick (fault 42)", async (_, open) => {
    const { clock, scheduler, stored } = await setup({}, open);
    const several = Array.from({ length: 5 }, scheduler);
    await Promise.all(several.map((each) => each.look()));
    clock.now = NINE + 5_000;
    await Promise.all(several.map((each) => each.look()));
    await Promise.all(several.map((each) => each.look()));
    expect(await stored()).toEqual(["09:00"]);
  });

  it("does not store a tick again that is done already, though its own view is old", async () => {
    const { clock, jobs, scheduler } = await setup();
    const [one, other] = [scheduler(), scheduler()];
    await one.look();
    await other.look();
    clock.now = NINE;
    await one.look();
    const [job] = await jobs.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 30_000 });
    await jobs.settle([{ id: job!.id, token: "t", kind: "done", holdKeyMs: job!.uniqueFor! }]);
    await other.look();
    expect(await jobs.count({ state: "ready" })).toBe(0);
  });

  it("stores a tick that another stored and did not note, because it died", async () => {
    const { clock, ledger, scheduler, stored } = await setup();
    const advance = ledger.advance.bind(ledger);
    const one = scheduler();
    await one.look();
    clock.now = NINE;
    ledger.advance = async () => {
      throw new Error("killed");
    };
    await expect(one.look()).rejects.toThrow("killed");
    ledger.advance = advance;
    await scheduler().look();
    expect(await stored()).toEqual(["09:00"]);
  });

  it.each([
    ["once", ["12:00"]],
    ["all", ["09:00", "10:00", "11:00", "12:00"]],
    ["skip", []],
  ] as const)("that was away for three hours goes by the policy %s (fault 41)", async (missed, expected) => {
    const { clock, scheduler, stored } = await setup({ missed });
    await scheduler().look();
    clock.now = NINE + 3 * HOUR + 5 * 60_000;
    await scheduler().look();
    expect(await stored()).toEqual(expected);
    await scheduler().look();
    expect(await stored()).toEqual(expected);
  });

  it("skips nothing that is only a little late", async () => {
    const { clock, scheduler, stored } = await setup({ missed: "skip" });
    await scheduler().look();
    clock.now = NINE + 30_000;
    await scheduler().look();
    expect(await stored()).toEqual(["09:00"]);
  });

  it("misses nothing before it was first seen", async () => {
    const { clock, scheduler, stored } = await setup({ missed: "all" });
    clock.now = NINE + 30_000;
    await scheduler().look();
    expect(await stored()).toEqual([]);
  });

  it("takes a clock that is set back for what it is: no tick comes twice", async () => {
    const { clock, scheduler, stored } = await setup();
    const one = scheduler();
    await one.look();
    clock.now = NINE;
    await one.look();
    clock.now = NINE - 10 * 60_000;
    await one.look();
    clock.now = NINE;
    await one.look();
    expect(await stored()).toEqual(["09:00"]);
  });

  it("goes on after the store failed, and ends when it is told to", async () => {
    const { jobs, events, scheduler } = await setup({
      cron: "* * * * * *",
      times: new CronTimes("t", "* * * * * *", "UTC"),
    });
    const errors: unknown[] = [];
    events.on("scheduler.error", ({ error }) => errors.push(error));
    Object.defineProperty(jobs, "clockOffset", {
      get: () => {
        throw new Error("no connection");
      },
    });
    const one = scheduler();
    one.start();
    await expect.poll(() => errors.length).toBe(1);
    await one.stop();
  });
});
