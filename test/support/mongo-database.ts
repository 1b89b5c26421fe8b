import { randomBytes } from "node:crypto";
import { afterAll, inject } from "vitest";
import { databaseUri, type MongoServer, startMongoServer } from "./mongo-server.ts";

let server: Promise<MongoServer> | undefined;

afterAll(async () => (await server)?.close());

/**
 * The URI of a database that no other test uses, on the MongoDB server of this test file. It is started at the first call and ended with
 * the file, so that nothing one file does to its server can make another fail. When the tests are run with `MONGODB_URI`, that is it.
 */
export async function newMongoDatabase(): Promise<string> {
  const given = inject("givenMongoUri");
  if (!given) server ??= startMongoServer();
  return databaseUri((await server)?.uri ?? given, `test_${randomBytes(6).toString("hex")}`);
}
