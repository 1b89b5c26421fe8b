import { setTimeout as sleep } from "node:timers/promises";
import mongoose, { type Connection, mongo } from "mongoose";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { ConfigurationError, StoreError, UnstorableValueError } from "../../src/errors/errors.ts";
import { withoutSecrets } from "../../src/errors/without-secrets.ts";
import type { Json } from "../../src/jobs/job-record.ts";
import { connect, storeErrors } from "../../src/stores/mongo/connection.ts";
import { createIndexes } from "../../src/stores/mongo/indexes.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { MongoNewsletterStore } from "../../src/stores/mongo/newsletters/newsletter-store.ts";
import { openMongoStores } from "../../src/stores/mongo/open.ts";
import { describeJobStore } from "../contracts/job-store.ts";
import { describeNewsletterStore } from "../contracts/newsletter-store.ts";
import { eventually } from "../support/eventually.ts";
import { aJob, someJobs } from "../support/jobs.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { connectOverWire } from "../support/wire.ts";

describeJobStore("MongoDB", async () => {
  const uri = await newMongoDatabase();
  const opened: { connection: Connection; store: MongoJobStore }[] = [];
  return {
    open: async (options) => {
      const connection = await connect(uri);
      const store = new MongoJobStore(connection, options);
      opened.push({ connection, store });
      await store.ensureIndexes();
      await store.open();
      return store;
    },
    close: async () => {
      for (const { store } of opened) await store.close();
      await opened[0]?.connection.dropDatabase();
      for (const { connection } of opened) await connection.close();
    },
  };
});

describeNewsletterStore("MongoDB", async () => {
  const uri = await newMongoDatabase();
  const connections: Connection[] = [];
  return {
    open: async () => {
      const connection = await connect(uri);
      connections.push(connection);
      const ledger = new MongoNewsletterStore(connection);
      await createIndexes(connection, ledger.indexes);
      await ledger.open();
      return ledger;
    },
    close: async () => {
      await connections[0]?.dropDatabase();
      for (const connection of connections) await connection.close();
    },
  };
});

describe("a row of a newsletter on MongoDB", () => {
  it("is refused when it is nested deeper than the server takes, or the driver takes it for a type of its own", async () => {
    const connection = await connect(await newMongoDatabase());
    const ledger = new MongoNewsletterStore(connection);
    const nested = (levels: number): Json => (levels === 0 ? 1 : { a: nested(levels - 1) });
    try {
      expect(ledger.sizeOfRow(nested(100), "a")).toBeGreaterThan(800);
      expect(() => ledger.sizeOfRow(nested(190), "a")).toThrow(UnstorableValueError);
      expect(() => ledger.sizeOfRow({ _bsontype: "Long" }, "a")).toThrow(UnstorableValueError);
    } finally {
      await connection.close();
    }
  });
});

describe("the MongoDB stores", () => {
  it.each([
    ["delayed", {}],
    ["shop", { prefix: "shop" }],
  ])(
    "keep everything in collections of their own, called %s_... (DJ-182, DJ-199, DJ-200)",
    async (prefix, settings) => {
      const connection = await connect(await newMongoDatabase());
      const stores = await openMongoStores(connection, { ...resolveConfig(settings, {}) });
      try {
        await stores.ensureIndexes();
        await stores.jobs.insert([aJob()]);
        await stores.jobs.pauseQueue("q");
        await stores.rates.reserve("r", 1, { limit: 1, per: 1_000 });
        await stores.schedules.begin("s", new Date());
        const names = (await connection.listCollections()).map(({ name }) => name);
        expect(names).toContain(`${prefix}_jobs`);
        expect(names.filter((name) => !name.startsWith(`${prefix}_`))).toEqual([]);
      } finally {
        await stores.close();
        await connection.dropDatabase();
        await connection.close();
      }
    },
  );
});

describe("the MongoDB job store", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function setup() {
    const connection = await connect(await newMongoDatabase());
    const store = new MongoJobStore(connection);
    closing.push(async () => {
      await store.close();
      await connection.dropDatabase();
      await connection.close();
    });
    return { connection, store };
  }

  async function setupOnAWire() {
    const { wire, uri, connection, direct, close } = await connectOverWire();
    const store = new MongoJobStore(connection);
    const directStore = new MongoJobStore(direct);
    closing.push(async () => {
      await store.close();
      await close();
    });
    await directStore.ensureIndexes();
    await store.open();
    return { store, directStore, wire, uri };
  }

  it("says which indexes are missing, creates them, and then has no differences", async () => {
    const { store } = await setup();
    const missing = await store.indexDifferences();
    expect(missing).toHaveLength(store.indexes.length);
    expect(missing[0]).toContain("delayed_jobs.claim is missing");
    await store.ensureIndexes();
    expect(await store.indexDifferences()).toEqual([]);
    await store.ensureIndexes();
  });

  it("tells an index of its name that is another one, and mends it", async () => {
    const { connection, store } = await setup();
    await connection.collection("delayed_jobs").createIndex({ queue: 1 }, { name: "claim" });
    expect((await store.indexDifferences())[0]).toContain("delayed_jobs.claim is");
    await store.ensureIndexes();
    expect(await store.indexDifferences()).toEqual([]);
  });

  it("answers what a console asked of delayed_job, through its model", async () => {
    const { store } = await setup();
    await store.ensureIndexes();
    await store.insert([aJob({ queue: "a" }), aJob({ queue: "b" })]);
    const [job] = await store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 1_000, queues: ["b"] });
    await store.settle([{ id: job!.id, token: "t", kind: "fail", error: "did not work", reason: "x" }]);
    const last = await store.model.findOne({ lastError: { $exists: true } }).sort({ _id: -1 });
    expect(last).toMatchObject({ queue: "b", lastError: "did not work", state: "failed" });
    expect(last?._id.toHexString()).toBe(job!.id);
  });

  it("stores a job in the caller's transaction, or not at all", async () => {
    const { connection, store } = await setup();
    await store.ensureIndexes();
    const rolledBack = connection.transaction(async (session) => {
      await store.insert([aJob()], { session });
      throw new Error("changed my mind");
    });
    await expect(rolledBack).rejects.toThrow("changed my mind");
    expect(await store.count({})).toBe(0);
    await connection.transaction((session) => store.insert([aJob()], { session }));
    expect(await store.count({})).toBe(1);
  });

  it("tells workers of a job when the caller's transaction is over, once (fault 32)", async () => {
    const { connection, store } = await setup();
    await store.ensureIndexes();
    let rings = 0;
    const stop = store.watch(() => {
      rings += 1;
    });
    await connection.transaction(async (session) => {
      await store.insert([aJob()], { session });
      await store.insert([aJob()], { session });
      expect(rings).toBe(0);
    });
    await eventually("it rang", () => rings > 0);
    stop();
    expect(await store.count({})).toBe(2);
  });

  it("leaves the caller's transaction usable when the unique key is taken (fault 31)", async () => {
    const { connection, store } = await setup();
    await store.ensureIndexes();
    await store.insert([aJob({ uniqueKey: "k" })]);
    await connection.createCollection("orders");
    await connection.transaction(async (session) => {
      const [inserted] = await store.insert([aJob({ uniqueKey: "k" })], { session });
      expect(inserted?.inserted).toBe(false);
      await connection.collection("orders").insertOne({ number: 1 }, { session });
    });
    expect(await connection.collection("orders").countDocuments()).toBe(1);
  });

  it("does not take a server that answers late for one whose clock is ahead", async () => {
    const { store, wire } = await setupOnAWire();
    wire.stall();
    const measured = store.open();
    await sleep(1_000);
    wire.resume();
    await measured;
    // Half of the second is what it would be wrong by; a busy machine's quickest answer may take a while too.
    expect(Math.abs(store.clockOffset)).toBeLessThan(400);
  });

  it("frees no lease because this machine's clock was set", async () => {
    const { store } = await setup();
    await store.open();
    await store.insert([aJob()]);
    await store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 30_000 });
    const inTenMinutes = Date.now() + 600_000;
    vi.spyOn(Date, "now").mockReturnValue(inTenMinutes);
    expect(await store.reap()).toEqual({ freed: 0, failed: [] });
  });

  it("acknowledges no job while the server cannot be reached", async () => {
    const { store, directStore, wire } = await setupOnAWire();
    wire.refuse(true);
    await expect(store.insert(someJobs(2))).rejects.toThrow(StoreError);
    wire.refuse(false);
    expect(await directStore.count({})).toBe(0);
  });

  it("has the jobs of a claim it never heard of at the next one, and counts nothing (fault 7)", async () => {
    const { store, directStore, wire } = await setupOnAWire();
    await store.insert(someJobs(3));
    const request = { workerId: "w", limit: 10, leaseMs: 30_000 };
    wire.loseAnswers("lockToken");
    const unheard = expect(store.claim({ ...request, token: "first" })).rejects.toThrow(StoreError);
    await eventually(
      "the jobs are claimed",
      async () => (await directStore.count({ state: "leased" })) === 3,
    );
    wire.refuse(true);
    await unheard;
    wire.hearAnswers();
    wire.refuse(false);
    const claimed = await store.claim({ ...request, token: "second" });
    expect(claimed.map(({ attempts, crashes }) => [attempts, crashes])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
  });

  it("tells which leases are lost, and which jobs have crashed, when its clock cannot be asked", async () => {
    const { connection, store } = await setup();
    await store.insert([aJob({ maxAttempts: 1 })]);
    await store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 1 });
    vi.spyOn(connection.db!, "admin").mockImplementation(() => {
      throw new mongo.MongoNetworkError("cut off");
    });
    const gone = { id: aJob().id, token: "gone" };
    expect(await store.extend([gone], 1_000)).toEqual([gone]);
    const { failed } = await eventually("the lease is freed", async () => {
      const reaped = await store.reap();
      return reaped.failed.length > 0 && reaped;
    });
    expect(failed).toMatchObject([{ failReason: "crashed" }]);
  });

  it("tells which jobs have crashed when the connection breaks while it frees the rest", async () => {
    const { store, directStore, wire } = await setupOnAWire();
    await store.insert([aJob({ maxAttempts: 1 }), aJob({ queue: "freed" })]);
    await store.claim({ workerId: "w", token: "t", limit: 2, leaseMs: 1 });
    const waiting = { queue: "freed", state: "ready" } as const;
    wire.loseAnswers("multi");
    const reaped = eventually("the leases have run out", async () => {
      const { failed } = await store.reap();
      return failed.length > 0 && failed;
    });
    await eventually("the job is free", async () => (await directStore.count(waiting)) === 1);
    wire.hearAnswers();
    wire.cut();
    expect(await reaped).toMatchObject([{ failReason: "crashed" }]);
  });

  it("leaves no connection behind when it cannot be opened, so that a worker that cannot start ends", async () => {
    const { wire, uri } = await setupOnAWire();
    const before = mongoose.connections.length;
    // The driver's own greetings have no session, the store's first question has.
    wire.loseAnswers("lsid");
    const opening = expect(openMongoStores(uri, { prefix: "delayed", retention: 0 })).rejects.toThrow(
      StoreError,
    );
    await eventually("it asked", () => wire.isLosingAnswers);
    wire.hearAnswers();
    wire.cut();
    await opening;
    expect(mongoose.connections).toHaveLength(before);
  });

  it("notices a connection that leads nowhere before a lease of 30 s has run out, unless the URI says otherwise", async () => {
    const options = async (uri: string) => {
      const connection = await connect(uri);
      closing.push(() => connection.destroy());
      return connection.getClient().options;
    };
    const { connectTimeoutMS, heartbeatFrequencyMS } = await options(await newMongoDatabase());
    // A sixth of a lease before its end its jobs are told to stop.
    expect(connectTimeoutMS + heartbeatFrequencyMS).toBeLessThan(25_000);
    const uri = new URL(await newMongoDatabase());
    uri.searchParams.set("connectTimeoutMS", "4321");
    uri.searchParams.set("serverSelectionTimeoutMS", "5432");
    const own = await options(uri.href);
    expect([own.connectTimeoutMS, own.serverSelectionTimeoutMS]).toEqual([4321, 5432]);
  });

  it("is a StoreError when the socket breaks and the driver passes that on as it is", async () => {
    const broken = Object.assign(new Error("write ECONNRESET"), { code: "ECONNRESET", syscall: "write" });
    await expect(storeErrors(() => Promise.reject(broken))).rejects.toThrow(StoreError);
    const ours = new TypeError("x is not a function");
    await expect(storeErrors(() => Promise.reject(ours))).rejects.toBe(ours);
  });

  it("is not reachable without its credentials in the message", async () => {
    const failing = connect("mongodb://user:secret@127.0.0.1:1/x", { serverSelectionTimeoutMS: 200 });
    await expect(failing).rejects.toThrow(StoreError);
    await expect(failing).rejects.not.toThrow(/secret/);
  });
});

it.each([
  "mongodb://user:p@ss/w%ord@127.0.0.1:1/x",
  "mongodb://user:p%zz@127.0.0.1:1/x",
  "mongodb://user:hidden@127.0.0.1:port/x",
  "mongodb://127.0.0.1:1/x?tls=true&tlsCertificateKeyFilePassword=hidden&tlsInsecure=maybe",
  "mongodb://127.0.0.1:1/x?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:hidden,OTHER:x&w=-1&zlibCompressionLevel=99",
])("says in one line that a connection string cannot be read, and keeps its secrets: %s", async (uri) => {
  const error: unknown = await connect(uri, { serverSelectionTimeoutMS: 200 }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  const { message } = error as ConfigurationError;
  expect(message).toContain("MONGODB_URI");
  expect(message.split("\n")).toHaveLength(2);
  expect(message).not.toMatch(/p@ss|w%ord|p%zz|hidden/);
});

it.each([
  ["mongodb://user:p@ss/w@host/db", "mongodb://host/db"],
  [
    "mongodb+srv://u:p@host/?tlsCertificateKeyFilePassword=p&w=1",
    "mongodb+srv://host/?tlsCertificateKeyFilePassword=***&w=1",
  ],
  ["AWS_SESSION_TOKEN:abc,x", "AWS_SESSION_TOKEN:***,x"],
  ["connect ECONNREFUSED 127.0.0.1:1", "connect ECONNREFUSED 127.0.0.1:1"],
])("keeps what is secret out of %s", (text, expected) => {
  expect(withoutSecrets(text)).toBe(expected);
});

it("is opened without a warning of mongoose's, such as of a field's name that it keeps for itself", async () => {
  const warned = vi.spyOn(process, "emitWarning").mockReturnValue(undefined);
  onTestFinished(() => warned.mockRestore());
  const connection = await connect(await newMongoDatabase());
  const store = new MongoJobStore(connection);
  await store.ensureIndexes();
  await store.close();
  await connection.close();
  expect(warned.mock.calls).toEqual([]);
});
