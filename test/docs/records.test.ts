import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mongoose from "mongoose";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Job } from "../../src/jobs/job.ts";
import { startApp } from "../support/app.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { closeAccount } from "./records/account.ts";
import { both, Story } from "./records/asynchronous.ts";
import { seen } from "./records/elsewhere.ts";
import { Feed } from "./records/feed.ts";
import { Post, share } from "./records/post.ts";
import { accounts } from "./records/prisma.ts";

beforeAll(async () => {
  await mongoose.connect(await newMongoDatabase());
});
afterAll(async () => {
  await mongoose.connection.dropDatabase();
  await mongoose.disconnect();
});

it("docs/records.md delays methods of a mongoose document, and of its model", async () => {
  const { app } = await startApp();
  const post = await Post.create({ title: "Hello" });
  await share(String(post._id));
  const [later, now] = await Job.all().list();
  expect([later?.name, later?.queue, now?.name]).toEqual([
    "Post#sendToTwitter",
    "posts",
    "Post.archiveOlderThan",
  ]);
  await later?.reschedule(new Date());
  await app.worker().workOff();
  expect(seen.splice(0).sort()).toEqual(["Hello", "archived after 365 days"]);
});

it("docs/records.md imports pages, and goes on where the line dropped", async () => {
  const { app } = await startApp({}, { backoff: () => 0 });
  const feed = await Feed.create({ url: "/feed", pages: 4 });
  seen.length = 0;
  const stored = await feed.delay().importPages();
  await app.worker().workOff();
  expect(seen.splice(0)).toEqual([
    "/feed?page=0",
    "/feed?page=1",
    "dropped /feed?page=2",
    "/feed?page=2",
    "/feed?page=3",
  ]);
  expect(await stored.reload()).toBeUndefined();
});

it("docs/records.md makes a plain call the delayed one", async () => {
  const { app } = await startApp();
  const story = await Story.create({ title: "Once", rank: 3 });
  const job = await both(String(story._id));
  expect([job.name, job.priority]).toEqual(["Story#publish", 3]);
  expect(seen.splice(0)).toEqual(["story Once"]);
  await app.worker().workOff();
  expect(seen.splice(0)).toEqual(["story Once"]);
});

it("docs/records.md delays a method of a Drizzle row, in a real database file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-records-"));
  vi.stubEnv("INVOICES", join(folder, "invoices.sqlite"));
  const { db, Invoice, Invoices, invoices } = await import("./records/invoices.ts");
  const client = Reflect.get(db, "$client") as { exec(sql: string): void; close(): void };
  try {
    client.exec("CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, sentTo TEXT)");
    const [row] = await db.insert(invoices).values({ id: 7, customer: "Ann" }).returning();
    const { app } = await startApp();
    const stored = await Invoices.delay(new Invoice(row!)).send("ann@example.com");
    expect(stored.record.params).toEqual({ id: 7 });
    await app.worker().workOff();
    expect(await db.select().from(invoices)).toEqual([{ id: 7, customer: "Ann", sentTo: "ann@example.com" }]);
    const gone = await Invoices.delay(new Invoice(row!)).send("ann@example.com");
    await db.delete(invoices);
    await app.worker().workOff();
    expect((await gone.reload())?.record.failReason).toBe("record-gone");
  } finally {
    client.close();
    rmSync(folder, { recursive: true, force: true });
    vi.unstubAllEnvs();
  }
});

it("docs/records.md delays a method of a Prisma row", async () => {
  const { app } = await startApp();
  await closeAccount({ id: "a1", email: "ann@example.com" });
  await app.worker().workOff();
  expect(accounts.get("a1")?.closed).toBe("asked for it");
});
