import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "mongoose";
import mongoose from "mongoose";
import { describe, expect, it, onTestFinished } from "vitest";
import { type EventName, Events } from "../../src/events.ts";
import type { Attempt } from "../../src/jobs/handler.ts";
import { LEASE_LOST } from "../../src/queue/attempt/disposition.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import type { WorkerOptions } from "../../src/queue/worker/worker-options.ts";
import { connect } from "../../src/stores/mongo/connection.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { eventually } from "../support/eventually.ts";
import { aJob, someJobs } from "../support/jobs.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { databaseUri, startMongoServer } from "../support/mongo-server.ts";
import { probeRegistry } from "../support/probe.ts";
import { connectOverWire } from "../support/wire.ts";

async function openStore(connection: Connection): Promise<MongoJobStore> {
  const store = new MongoJobStore(connection);
  onTestFinished(() => store.close());
  await store.ensureIndexes();
  await store.open();
  return store;
}

/** A store behind a wire that can be cut, and another on the same database that cannot. */
async function setup() {
  const { wire, connection, direct, close } = await connectOverWire();
  onTestFinished(close);
  return { wire, store: await openStore(connection), directStore: await openStore(direct) };
}

interface Performing extends WorkerOptions {
  readonly perform?: (attempt: Attempt) => Promise<void>;
}

/** Runs a worker beside the test; it is stopped at the end of it. */
function start(store: MongoJobStore, { perform = async () => undefined, ...options }: Performing = {}) {
  const events = new Events();
  const log: EventName[] = [];
  events.onAny((name) => log.push(name));
  const registry = probeRegistry((_, attempt) => perform(attempt), { backoff: () => 0 });
  const worker = new Worker({ store, events, registry }, { sleepDelay: 100, ...options });
  const ended = worker.run();
  onTestFinished(async () => {
    worker.abort();
    await ended;
  });
  return { log };
}

/** Performs attempts that end when they are let go, whatever their signal says. */
function stubborn() {
  const attempts: Attempt[] = [];
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const perform = async (attempt: Attempt) => {
    attempts.push(attempt);
    await gate;
  };
  return { attempts, perform, letGo };
}

describe("while the database is away", () => {
  it("for less than the lease, jobs go on, run once, and are recorded when it is back (fault 8)", async () => {
    const { wire, store, directStore } = await setup();
    const { attempts, perform, letGo } = stubborn();
    await directStore.insert([aJob()]);
    const { log } = start(store, { perform, heartbeat: 200 });
    await eventually("the job runs", () => attempts.length === 1);
    wire.refuse(true);
    await eventually("the worker met it", () => log.includes("worker.error"));
    letGo();
    wire.refuse(false);
    await eventually("it is recorded", async () => (await directStore.count({})) === 0);
    await eventually("and reported", () => log.includes("job.done"));
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.signal.aborted).toBe(false);
    expect(log).not.toContain("job.lost");
  });

  it("for longer, jobs are aborted, another worker takes over, and what comes late is not written (fault 9)", async () => {
    const { wire, store, directStore } = await setup();
    const { attempts, perform, letGo } = stubborn();
    await directStore.insert([aJob()]);
    const cutOff = start(store, { perform, lease: 3_000 });
    await eventually("the job runs", () => attempts.length === 1);
    wire.refuse(true);
    await eventually("the worker met it", () => cutOff.log.includes("worker.error"));
    const [{ lockedUntil } = {}] = await directStore.find({});
    await eventually("it is aborted", () => attempts[0]?.signal.reason === LEASE_LOST);
    // As it is now: nobody has extended it, nor taken it over.
    expect(await directStore.find({})).toMatchObject([{ state: "leased", lockedUntil }]);
    const other = start(directStore, { queues: ["default"], lease: 3_000 });
    await eventually("another has done it", () => other.log.includes("job.done"));
    letGo();
    wire.refuse(false);
    await directStore.insert([aJob({ queue: "only the first works this" })]);
    await eventually("the first is at work again", () => cutOff.log.includes("job.done"));
    expect(cutOff.log.filter((name) => name === "job.lost")).toHaveLength(1);
    expect(cutOff.log.filter((name) => name === "job.done")).toHaveLength(1);
    expect(await directStore.count({})).toBe(0);
  });

  it("an idle worker looks by itself when it is back, and is told of new jobs again (fault 39)", async () => {
    const { wire, store, directStore } = await setup();
    const { log } = start(store);
    await eventually("it is told of new jobs", () => store.isWatching);
    wire.refuse(true);
    await eventually("the stream is given up", () => !store.isWatching);
    await directStore.insert([aJob()]);
    wire.refuse(false);
    await eventually("it looks by itself", () => log.includes("job.done"));
    await eventually("it is told again", () => store.isWatching);
    const [again] = await directStore.insert([aJob()]);
    await eventually("and hears of it", async () => (await directStore.get(again!.record.id)) === undefined);
  });
});

describe("a call whose answer is lost", () => {
  it("is stored once, whether or not its caller hears of it, and is found by its unique key (fault 30)", async () => {
    const { wire, store, directStore } = await setup();
    const first = aJob({ uniqueKey: "signup:1" });
    wire.loseAnswers("signup:1");
    const storing = store.insert([first]).catch(() => "not heard of");
    await eventually("it is stored", async () => (await directStore.count({})) === 1);
    wire.hearAnswers();
    wire.cut();
    const answer = await storing;
    if (answer !== "not heard of")
      expect(answer).toMatchObject([{ inserted: true, record: { id: first.id } }]);
    const [second] = await store.insert([aJob({ uniqueKey: "signup:1" })]);
    expect(second).toMatchObject({ inserted: false, record: { id: first.id } });
    expect(await directStore.count({})).toBe(1);
  });
});

describe("what is written", () => {
  it("is acknowledged by a majority, in their journals, whatever the connection says (faults 10 and 11)", async () => {
    const uri = new URL(await newMongoDatabase());
    uri.searchParams.set("w", "1");
    uri.searchParams.set("journal", "false");
    uri.searchParams.set("readConcernLevel", "local");
    uri.searchParams.set("readPreference", "secondaryPreferred");
    const connection = await mongoose.createConnection(uri.href, { monitorCommands: true }).asPromise();
    onTestFinished(async () => {
      await connection.dropDatabase();
      await connection.close();
    });
    const store = await openStore(connection);
    const writes: [string, unknown][] = [];
    const reads: [string, unknown][] = [];
    connection.getClient().on("commandStarted", ({ commandName, command }) => {
      if (
        ["insert", "update", "delete", "findAndModify"].includes(commandName) &&
        !touches(command, "doorbell")
      )
        writes.push([commandName, command.writeConcern]);
      if (["find", "distinct", "aggregate"].includes(commandName))
        reads.push([commandName, command.readConcern]);
    });
    await store.insert([aJob(), aJob({ maxAttempts: 1 })]);
    const jobs = await store.claim({ workerId: "w", token: "t", limit: 9, leaseMs: 30_000 });
    const leases = jobs.map(({ id }) => ({ id, token: "t" }));
    await store.extend(leases, 30_000);
    await store.settle([{ ...leases[0]!, kind: "release" }]);
    await store.settle([{ ...leases[1]!, kind: "done" }]);
    await store.claim({ workerId: "w", token: "u", limit: 9, leaseMs: -5_000 });
    await store.reap();
    expect(new Set(writes.map(([name]) => name))).toEqual(
      new Set(["insert", "update", "delete", "findAndModify"]),
    );
    for (const write of writes)
      expect(write).toEqual([write[0], { w: "majority", j: true, wtimeout: 30_000 }]);
    for (const read of reads) expect(read).toEqual([read[0], { level: "majority" }]);
  });
});

function touches(command: Record<string, unknown>, collection: string): boolean {
  return Object.values(command).some((value) => typeof value === "string" && value.endsWith(collection));
}

describe("a database that is killed and started again", () => {
  it("has every call that was acknowledged, and its workers go on by themselves (fault 1)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-killed-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    let server = await startMongoServer({ folder });
    onTestFinished(() => server.close());
    const uri = databaseUri(server.uri, "killed");
    const connection = await connect(uri, { serverSelectionTimeoutMS: 500 });
    onTestFinished(() => connection.destroy());
    const store = await openStore(connection);
    const done = new Set<unknown>();
    const acknowledged: string[] = [];
    for (let call = 0; call < 20; call++) {
      const [{ record } = {}] = await store.insert([aJob({ runAt: new Date(Date.now() + 500) })]);
      acknowledged.push(record!.id);
    }
    const { log } = start(store, { perform: async ({ jobId }) => void done.add(jobId), lease: 60_000 });
    await server.close();
    await eventually("the worker met it", () => log.includes("worker.error"));
    server = await startMongoServer({ folder, port: Number(new URL(uri).port) });
    await eventually("all are done", () => acknowledged.every((id) => done.has(id)));
    await eventually("and recorded", async () => (await store.count({}).catch(() => 1)) === 0);
    await store.insert(someJobs(1));
    await eventually("what came after, too", async () => (await store.count({})) === 0);
  });
});
