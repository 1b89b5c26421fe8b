import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import mongoose from "mongoose";
import { afterAll, aroundEach, inject } from "vitest";
import { databaseUri, type MongoServer, startMongoServer } from "./mongo-server.ts";

let server: Promise<MongoServer> | undefined;

/**
 * The URI of a database that no other test uses, on the MongoDB server of this test file. It is started at the first call and ended with
 * the file, so that nothing one file does to its server can make another fail. When the tests are run with `MONGODB_URI`, that is it.
 */
export async function newMongoDatabase(): Promise<string> {
  const given = inject("givenMongoUri");
  if (!given) server ??= startMongoServer();
  return databaseUri((await server)?.uri ?? given, `test_${randomBytes(6).toString("hex")}`);
}

afterAll(endServer);

// SecantusDB, which is young, stopped answering once in some fifty runs. That is told apart from a test that fails: vitest.config.ts has a
// test that ends with this error, and no other, tried once more.
aroundEach(async (runTest, { task }) => {
  await runTest();
  const started = await server;
  if (task.result?.state !== "fail" || !started || (await answers(started.uri))) return;
  await endServer();
  throw new Error("The MongoDB server of the tests no longer answered.");
});

async function endServer(): Promise<void> {
  const started = await server;
  server = undefined;
  await started?.close();
}

const PATIENCE_MS = 10_000;

async function answers(uri: string): Promise<boolean> {
  const connection = mongoose.createConnection(databaseUri(uri, "liveness"));
  const written = connection.collection("looks").insertOne({});
  const isWritten = written.then(
    () => true,
    () => false,
  );
  const answered = await Promise.race([isWritten, sleep(PATIENCE_MS, false, { ref: false })]);
  void connection.destroy();
  return answered;
}
