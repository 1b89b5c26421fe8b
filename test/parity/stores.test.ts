import mongoose from "mongoose";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { InvalidOptionsError } from "../../src/errors/errors.ts";
import { Events } from "../../src/events.ts";
import { Job } from "../../src/jobs/job.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { startApp } from "../support/app.ts";
import { aJob } from "../support/jobs.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { probeRegistry } from "../support/probe.ts";

class WhereActions extends Mailer {
  here(to: string) {
    return this.mail({ to, subject: "Here" });
  }
}

const WhereMailer = mailer(WhereActions, { name: "WhereMailer" });

async function openMongo() {
  const connection = await mongoose
    .createConnection(await newMongoDatabase(), { monitorCommands: true })
    .asPromise();
  const store = new MongoJobStore(connection);
  await store.ensureIndexes();
  await store.open();
  onTestFinished(async () => {
    await store.close();
    await connection.dropDatabase();
    await connection.close();
  });
  return { connection, store };
}

async function openSqlite() {
  const database = await openDatabase(":memory:");
  onTestFinished(() => void database.close());
  return { database, store: new SqliteJobStore(database) };
}

const request = { workerId: "w", token: "t", limit: 10, leaseMs: 30_000 };

describe("the store that is set", () => {
  it("is the one that everybody uses: calls, jobs and workers (DJ-088)", async () => {
    const connection = await mongoose.createConnection(await newMongoDatabase()).asPromise();
    onTestFinished(async () => {
      await connection.dropDatabase();
      await connection.close();
    });
    const { app } = await startApp({ "where-mailer/here.text.hbs": "Here" }, { mongoose: connection });
    await WhereMailer.delay().here("ann@x.test");
    expect(await Job.all().count()).toBe(1);
    expect(await connection.collection("delayed_jobs").countDocuments()).toBe(1);
    expect(await app.worker().workOff()).toEqual({ succeeded: 1, failed: 0 });
  });

  it("can be named by the environment (DJ-089)", async () => {
    vi.stubEnv("MONGODB_URI", await newMongoDatabase());
    onTestFinished(() => void vi.unstubAllEnvs());
    const { app } = await startApp({});
    expect(app.stores.description).toMatch(/^MongoDB at /);
  });
});

describe("times", () => {
  const zone = process.env.TZ;
  afterEach(() => {
    process.env.TZ = zone ?? "";
    if (zone === undefined) delete process.env.TZ;
  });

  it.each(["America/Los_Angeles", "Asia/Kolkata", "UTC"])(
    "are the same instants, whatever time zone the process is in: %s (DJ-034, DJ-192, DJ-193, DJ-194)",
    async (timeZone) => {
      process.env.TZ = timeZone;
      const { database, store: sqlite } = await openSqlite();
      const { connection, store: mongo } = await openMongo();
      const runAt = new Date(Date.now() - 60_000);
      for (const store of [sqlite, mongo]) {
        await store.insert([aJob({ runAt }), aJob({ runAt: new Date(Date.now() + 60_000) })]);
        expect(await store.claim(request)).toMatchObject([{ runAt }]);
      }
      const [row] = database.prepare<[], { run_at: number }>("SELECT run_at FROM jobs ORDER BY run_at").all();
      expect(row?.run_at).toBe(runAt.getTime());
      const document = await connection.collection("delayed_jobs").findOne({}, { sort: { runAt: 1 } });
      expect(document?.runAt).toEqual(runAt);
    },
  );
});

describe("the way jobs are claimed", () => {
  it("is one for all, without a setting to slow it down (DJ-186, DJ-187, DJ-188, DJ-190, DJ-191)", async () => {
    const { store } = await openSqlite();
    const parts = { store, registry: probeRegistry(() => undefined), events: new Events() };
    expect(() => new Worker(parts, { order: "optimized_sql" } as never)).toThrow(InvalidOptionsError);
    expect(() => new Worker(parts, { reserveStrategy: "default_sql" } as never)).toThrow('"reserveStrategy"');
    for (const order of ["fair", "priority"] as const) expect(new Worker(parts, { order }).running).toBe(0);
  });

  it("looks at due jobs alone on SQLite: at no failed, no done, no later one (DJ-189, DJX-16, DJX-17, faults 36 and 37)", async () => {
    const { database, store } = await openSqlite();
    await store.insert([aJob()]);
    const plans = claimQueries(database).map((sql) =>
      database
        .prepare<number[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...Array.from(sql.matchAll(/\?/g), () => 0))
        .map(({ detail }) => detail)
        .join("; "),
    );
    // The last is asked only where there are jobs that have crashed their workers.
    expect(plans.toSorted()).toEqual([
      "SEARCH jobs USING COVERING INDEX jobs_claim (queue=? AND priority=? AND run_at<?)",
      "SEARCH jobs USING COVERING INDEX jobs_claim (queue=? AND priority>?)",
      "SEARCH jobs USING COVERING INDEX jobs_claim (queue>?)",
      "SEARCH jobs USING INDEX jobs_claim (queue=? AND priority=? AND run_at<?)",
    ]);
  });

  it("looks at due jobs alone on MongoDB, as mongod's explain tells (DJX-16, DJX-17, faults 36 and 37)", async (context) => {
    const { connection, store } = await openMongo();
    const build = (await connection.db?.admin().command({ buildInfo: 1 })) ?? {};
    context.skip("secantusVersion" in build, "SecantusDB sorts every match; this needs a mongod");
    const later = new Date(Date.now() + 3_600_000);
    await store.insert(Array.from({ length: 500 }, () => aJob({ priority: -5, runAt: later })));
    await store.insert(Array.from({ length: 20 }, () => aJob()));
    const plan = await connection
      .collection("delayed_jobs")
      .find({ state: "ready", queue: { $in: ["default"] }, runAt: { $lte: new Date() } })
      .sort({ priority: 1, runAt: 1, _id: 1 })
      .limit(10)
      .explain("executionStats");
    const text = JSON.stringify(plan.queryPlanner?.winningPlan);
    expect(text).toContain('"stage":"IXSCAN"');
    expect(text).not.toContain('"stage":"SORT"');
    expect(plan.executionStats?.totalDocsExamined).toBeLessThanOrEqual(20);
  });
});

/** The reads of a claim, as they are prepared. */
function claimQueries(database: Awaited<ReturnType<typeof openSqlite>>["database"]): readonly string[] {
  const seen: string[] = [];
  const prepare = database.prepare.bind(database);
  const spy = vi.spyOn(database, "prepare").mockImplementation(((sql: string) => {
    seen.push(sql);
    return prepare(sql);
  }) as never);
  new SqliteJobStore(database);
  spy.mockRestore();
  return seen.filter((sql) => sql.includes("INDEXED BY jobs_claim"));
}

describe("mongoose's own log of queries", () => {
  it.each([
    [
      "a function, as loggers are",
      (lines: string[]) =>
        (...words: unknown[]) =>
          void lines.push(words.join(" ")),
    ],
    ["a function of fewer words", (lines: string[]) => (collection: string) => void lines.push(collection)],
  ])(
    "has what the application asks about jobs, and none of the worker's polling: %s (DJ-183, DJ-184, DJ-185)",
    async (_, logger) => {
      const lines: string[] = [];
      mongoose.set("debug", logger(lines));
      onTestFinished(() => void mongoose.set("debug", false));
      const { store } = await openMongo();
      await store.insert([aJob()]);
      expect(await store.claim(request)).toHaveLength(1);
      const polled = lines.filter((line) => line.includes("delayed_jobs"));
      expect(polled.filter((line) => /find|update/i.test(line))).toEqual([]);
      await store.model.findOne({ state: "leased" });
      expect(lines.filter((line) => line.includes("delayed_jobs")).length).toBeGreaterThan(polled.length);
    },
  );
});
