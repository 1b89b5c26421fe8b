import { setTimeout as sleep } from "node:timers/promises";
import mongoose from "mongoose";
import { describe, expect, it } from "vitest";
import type { ActivityStore, CountsOf } from "../../src/activity/activity-store.ts";
import { EventLoopLag } from "../../src/activity/event-loop-lag.ts";
import { Reporter } from "../../src/activity/reporter.ts";
import { OTHERS, Tally } from "../../src/activity/tally.ts";
import { Events, job, Mailer, mailer } from "../../src/index.ts";
import type { JobRecord } from "../../src/jobs/job-record.ts";
import { MongoActivityStore } from "../../src/stores/mongo/activity-store.ts";
import { SqliteActivityStore } from "../../src/stores/sqlite/activity-store.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { describeActivityStore } from "../contracts/activity-store.ts";
import { startApp } from "../support/app.ts";
import { BOTH_STORES } from "../support/both-stores.ts";
import { eventually } from "../support/eventually.ts";
import { aJob } from "../support/jobs.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

describeActivityStore("SQLite", async () => {
  const database = await openDatabase(":memory:");
  return { store: new SqliteActivityStore(database), close: async () => void database.close() };
});

describeActivityStore("MongoDB", async () => {
  const connection = await mongoose.createConnection(await newMongoDatabase()).asPromise();
  const store = new MongoActivityStore(connection, { prefix: "delayed" });
  return { store, close: () => connection.close() };
});

class ActiveActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email, subject: "Hello", text: "Hello" });
  }
  broken(email: string): never {
    throw new Error(`no ${email}`);
  }
}
const ActiveMailer = mailer(ActiveActions, { name: "ActiveMailer" });
let release: () => void = () => undefined;
const Slow = job("Slow", { perform: () => new Promise<void>((resolve) => (release = resolve)) });

describe.each(BOTH_STORES)("what a worker writes into %s", (_, settings) => {
  it("is what it did, by queue and action, once it has ended", async () => {
    const { app } = await startApp({}, await settings());
    await ActiveMailer.delay({ queue: "mail" }).hello("ann@example.com");
    await ActiveMailer.delay({ maxAttempts: 1 }).broken("bob@example.com");
    await ActiveMailer.delay().broken("bob@example.com");
    await ActiveMailer.broadcast(["cleo@example.com", "dan@example.com"], { queue: "news" }).hello();
    await app.worker({ exitOnComplete: true }).run();
    const slots = await app.stores.activity.history("day", new Date());
    const of = (subject: string, name: string) =>
      slots.filter((slot) => slot.subject === subject && slot.name === name).map(({ counts }) => counts);
    expect(of("all", "")).toMatchObject([{ done: 2, failed: 1, retried: 1, sent: 3, begun: 4 }]);
    expect(of("queue", "mail")).toMatchObject([{ done: 1, failed: 0, begun: 1 }]);
    expect(of("mail", "ActiveMailer.hello")).toMatchObject([{ done: 1, sent: 1 }]);
    expect(of("mail", "ActiveMailer.broken")).toMatchObject([{ done: 0, failed: 1, retried: 1 }]);
    expect(JSON.stringify(slots)).not.toContain("@");
    expect(await app.stores.activity.workers(new Date())).toEqual([]);
  });

  it("is how it stands, while it runs", async () => {
    const { app } = await startApp({}, await settings());
    const worker = app.worker({ queues: ["slow"], concurrency: 3, limits: { slow: 2 } });
    const running = worker.run();
    const { id } = await Slow.delay({ queue: "slow" }).perform();
    await eventually("the job runs", () => worker.running === 1);
    const reporter = new Reporter({
      store: app.stores.activity,
      tally: new Tally(app.events),
      worker: () => worker,
      now: () => Date.now(),
    });
    await reporter.run();
    const [report] = await app.stores.activity.workers(new Date());
    expect(report).toMatchObject({
      ...{
        worker: worker.id,
        pid: process.pid,
        queues: ["slow"],
        concurrency: 3,
        limits: { slow: 2 },
        runningCount: 1,
      },
      running: [{ id, call: "Slow", queue: "slow", since: expect.any(Date) }],
    });
    expect(report?.memory).toBeGreaterThan(1e7);
    release();
    worker.stop();
    await running;
    await reporter.end();
  });
});

describe("the tally", () => {
  const started = (queue: string): JobRecord => {
    const now = new Date();
    return { ...aJob({ queue }), runAt: now, state: "leased", attempts: 1, crashes: 0, createdAt: now };
  };

  it("counts fifty names of each kind, and the others together", () => {
    const events = new Events();
    const tally = new Tally(events);
    for (let index = 0; index < 60; index += 1)
      events.emit("job.done", { job: started(`queue-${index}`), ms: 1 });
    const queues = tally.take().filter(({ subject }) => subject === "queue");
    expect(queues).toHaveLength(51);
    expect(queues.find(({ name }) => name === OTHERS)?.counts.done).toBe(10);
  });

  it("loses nothing when the store does not take it, and adds nothing twice", async () => {
    const events = new Events();
    const tally = new Tally(events);
    const added: CountsOf[][] = [];
    let isAway = true;
    const store = {
      add: async (_: Date, counts: readonly CountsOf[]) => {
        if (isAway) throw new Error("away");
        added.push([...counts]);
      },
      report: async () => undefined,
      leave: async () => undefined,
    } as unknown as ActivityStore;
    const status = { done: 0, failed: 0 };
    const worker = () => ({ id: "w", queues: [], limits: {}, concurrency: 1, runningJobs: [], status });
    const reporter = new Reporter({ store, tally, worker, now: () => 0 });
    events.emit("job.done", { job: started("mail"), ms: 1 });
    await expect(reporter.run()).rejects.toThrow("away");
    events.emit("job.done", { job: started("mail"), ms: 1 });
    isAway = false;
    await reporter.run();
    await reporter.end();
    expect(added).toHaveLength(1);
    expect(added[0]?.find(({ subject }) => subject === "all")?.counts.done).toBe(2);
  });
});

it("the lag is how long the event loop was held up, each time since it was asked last", async () => {
  const lag = new EventLoopLag();
  await sleep(150);
  lag.take();
  await sleep(150);
  const end = performance.now() + 400;
  while (performance.now() < end);
  await sleep(150);
  expect(lag.take()).toBeGreaterThan(250);
  lag.end();
});
