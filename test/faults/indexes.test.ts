import mongoose from "mongoose";
import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { configure } from "../../src/app/current-app.ts";
import { useCli } from "../support/cli.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

const { cli } = useCli();

beforeEach(async () => {
  const uri = await newMongoDatabase();
  vi.stubEnv("MONGODB_URI", uri);
  vi.stubEnv("NODE_ENV", "production");
  vi.stubEnv("SMTP_URL", "smtp://127.0.0.1:2525");
  onTestFinished(() => drop(uri));
});

async function drop(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri).asPromise();
  await connection.dropDatabase();
  await connection.close();
}

const work = () => cli("worker", "--exit-on-complete");

it("a worker in production refuses to work without indexes, and says how to create them (fault 44)", async () => {
  const refused = await work();
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('run "delayed-mailer indexes" first');
  expect(refused.err).toContain("delayed_jobs.claim is missing");

  const { code, out } = await cli("indexes", "--check");
  expect(code).toBe(1);
  expect(out).toContain("delayed_jobs.claim is missing");

  expect((await cli("indexes")).out).toContain("Created.");
  expect(await cli("indexes", "--check")).toMatchObject({ code: 0, out: "All indexes are there.\n" });
  expect((await work()).code).toBe(0);
});

it("an index that was made differently is told of, and made anew", async () => {
  await cli("indexes");
  const connection = await mongoose.createConnection(process.env.MONGODB_URI ?? "").asPromise();
  onTestFinished(() => connection.close());
  const jobs = connection.collection("delayed_jobs");
  await jobs.dropIndex("leases");
  await jobs.createIndex({ lockedUntil: -1 }, { name: "leases" });

  const refused = await work();
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(/delayed_jobs\.leases is .*"lockedUntil":-1.*, not .*"lockedUntil":1/);
  expect((await cli("indexes")).code).toBe(0);
  expect((await work()).code).toBe(0);
});

it("the command minds what the application configured", async () => {
  configure({ prefix: "shop" });
  onTestFinished(() => configure({}));
  const { out } = await cli("indexes", "--check");
  expect(out).toContain("shop_jobs.claim is missing");
});
