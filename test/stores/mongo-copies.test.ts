import mongoose, { type Connection } from "mongoose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  close,
  configure,
  deliverAllLater,
  InvalidOptionsError,
  Job,
  openApp,
  StoreError,
} from "../../src/index.ts";
import { adopt } from "../../src/stores/mongo/connection.ts";
import { createIndexes } from "../../src/stores/mongo/indexes.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { MongoNewsletterStore } from "../../src/stores/mongo/newsletters/newsletter-store.ts";
import { describeJobStore } from "../contracts/job-store.ts";
import { describeNewsletterStore } from "../contracts/newsletter-store.ts";
import { JourneyMailer } from "../journeys/fixture/journey-mailer.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { COPIES } from "../support/mongoose-copies.ts";

it.each(COPIES)("%s is another copy, with a driver and a bson of its own", (_, copy) => {
  expect(copy).not.toBe(mongoose);
  expect(copy.mongo.MongoError).not.toBe(mongoose.mongo.MongoError);
  expect(copy.version).not.toBe(mongoose.version);
});

describe.each(COPIES)("a connection of %s", (name, copy) => {
  describeJobStore(name, async () => {
    const uri = await newMongoDatabase();
    const opened: { connection: Connection; store: MongoJobStore }[] = [];
    return {
      open: async (options) => {
        const connection = await adopt(copy.createConnection(uri));
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

  describeNewsletterStore(name, async () => {
    const uri = await newMongoDatabase();
    const connections: Connection[] = [];
    return {
      open: async () => {
        const connection = await adopt(copy.createConnection(uri));
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
});

describe.each([["the library's own mongoose", mongoose] as const, ...COPIES])(
  "configure({ mongoose }) with %s",
  (_, copy) => {
    let connection: Connection;

    beforeEach(async () => {
      connection = await copy.createConnection(await newMongoDatabase()).asPromise();
      configure({ mongoose: connection, createIndexes: true });
      await openApp();
    });

    afterEach(async () => {
      copy.set("transactionAsyncLocalStorage", false);
      await close();
      await connection.dropDatabase();
      await connection.close();
    });

    const hello = () => JourneyMailer.welcome("ann@example.com", "Ann");

    it("stores a unique call once, alone, in bulk and in a transaction", async () => {
      const options = { uniqueKey: "once" };
      const first = await hello().deliverLater(options);
      expect((await hello().deliverLater(options)).id).toBe(first.id);
      await deliverAllLater([hello(), hello()]);
      await connection.transaction(async (session) => {
        expect((await hello().deliverLater({ ...options, session })).id).toBe(first.id);
      });
      expect(await Job.all().count()).toBe(3);
    });

    it("gives ObjectIds back as those of that copy", async () => {
      const id = new copy.Types.ObjectId();
      const [args] = await stored(connection, [{ id }]);
      expect(args).toStrictEqual({ id });
      await connection.collection("things").insertOne({ ...(args as { id: typeof id }) });
      expect(await connection.collection("things").countDocuments({ id })).toBe(1);
    });

    it("lets the driver try a transaction again that met another one (fault 2.2)", async () => {
      let tries = 0;
      const job = await connection.transaction(async (session) => {
        tries += 1;
        // The first time, another transaction writes the same key in between.
        if (tries > 1) return hello().deliverLater({ uniqueKey: "contended", session });
        await connection.collection("delayed_jobs").findOne({}, { session });
        const other = await connection.startSession();
        other.startTransaction();
        try {
          await hello().deliverLater({ uniqueKey: "contended", session: other });
          return await hello().deliverLater({ uniqueKey: "contended", session });
        } finally {
          await other.commitTransaction();
          await other.endSession();
        }
      });
      expect(tries).toBe(2);
      expect(await Job.all().count()).toBe(1);
      expect(job).toMatchObject({ isNew: false });
    });

    it("takes up the transaction around the call, where mongoose keeps it (fault 2.4)", async () => {
      copy.set("transactionAsyncLocalStorage", true);
      const failing = connection.transaction(async () => {
        await hello().deliverLater();
        throw new Error("rolled back");
      });
      await expect(failing).rejects.toThrow("rolled back");
      expect(await Job.all().count()).toBe(0);
      await connection.transaction(async () => {
        await hello().deliverLater();
      });
      expect(await Job.all().count()).toBe(1);
    });

    it("refuses a session of another client, and says what to do", async () => {
      const other = await copy.createConnection(await newMongoDatabase()).asPromise();
      const session = await other.startSession();
      const storing = hello().deliverLater({ session });
      await expect(storing).rejects.toThrow(InvalidOptionsError);
      await expect(storing).rejects.toThrow("configure({ mongoose: connection })");
      await session.endSession();
      await other.close();
    });
  },
);

it.each(["7.8.1", "8.8.4", "10.0.0", undefined])(
  "refuses a connection of mongoose %s, with both versions and the way out",
  async (version) => {
    const connection = { readyState: 1, base: { version } } as unknown as Connection;
    const adopting = adopt(connection);
    await expect(adopting).rejects.toThrow(StoreError);
    await expect(adopting).rejects.toThrow(version ?? "unknown");
    await expect(adopting).rejects.toThrow(/needs mongoose 8\.9 or later, or 9.*npm install mongoose@9/s);
  },
);

/** What comes back of a call's arguments. */
async function stored(connection: Connection, args: readonly unknown[]): Promise<readonly unknown[]> {
  const { encode, decode } = await import("../../src/jobs/stored-value.ts");
  const written = args.map((arg, index) => encode(arg, `args[${index}]`));
  await connection.collection("written").insertOne({ written });
  const found = await connection.collection("written").findOne({});
  return (found?.written ?? []).map(decode);
}
