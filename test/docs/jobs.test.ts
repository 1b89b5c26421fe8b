import { expect, it } from "vitest";
import { Job } from "../../src/jobs/job.ts";
import { callsOf, scheduleNamed } from "../../src/schedules/schedule.ts";
import { startApp } from "../support/app.ts";
import {
  Digest,
  ImportRows,
  importFile,
  progressOf,
  ResizeImage,
  SyncCustomer,
  stored,
} from "./jobs/jobs.ts";
import { rows, written } from "./jobs/shop.ts";

it("docs/jobs.md resizes images: by a worker, here and now, and two in one write", async () => {
  const { app } = await startApp();
  await stored();
  expect(written).toEqual(["cat-640: cat at 640"]);
  expect((await Job.ready().list()).map(({ name, queue, priority }) => [name, queue, priority])).toEqual([
    ["ResizeImage", "images", 5],
    ["ResizeImage", "images", 0],
    ["ResizeImage", "images", 0],
  ]);
  expect(await app.worker().workOff()).toEqual({ succeeded: 3, failed: 0 });
  expect([...written].sort()).toContain("dog-1280: dog at 1280");
});

it("docs/jobs.md has thumbnails made every night", async () => {
  const schedule = scheduleNamed("thumbnails");
  const calls = callsOf(schedule!, await schedule?.atTick({ schedule: "thumbnails", at: new Date() }));
  expect(calls.map(({ handler, args }) => [handler, ...args])).toEqual([
    ["ResizeImage", "cat", 120],
    ["ResizeImage", "dog", 120],
  ]);
});

it("docs/jobs.md imports rows, keeps the result, and goes on where it stopped", async () => {
  const { app } = await startApp();
  const importing = await ImportRows.delay().perform("people.csv");
  await app.worker().workOff();
  const done = await importing.reload();
  expect(done?.result).toEqual({ rows: 250, bad: 1 });
  expect(done?.record.checkpoint).toEqual({ row: 200 });
});

it("docs/jobs.md has a class whose jobs say their own name and attempts", async () => {
  const { app } = await startApp();
  const good = await Digest.delay().perform(7);
  expect(good.name).toBe("digest of user 7");
  const bad = await Digest.delay({ maxAttempts: 1 }).perform(-1);
  await app.worker().workOff();
  expect(rows.digests).toEqual([7]);
  expect((await bad.reload())?.state).toBe("failed");
  expect(rows.gaveUp).toEqual([-1]);
  await expect(ResizeImage.delay().perform("cat", -640)).rejects.toThrow(/args\[1\]/);
});

it("docs/jobs.md imports a file as a batch, reports, and deletes it when all is done", async () => {
  const { app, transport } = await startApp({}, { from: "shop@example.com" });
  written.length = 0;
  await importFile("people.csv", ["ann", "bob"]);
  expect(await progressOf()).toEqual({ total: 2, done: 0, failed: 0, pending: 2, state: "running" });
  await app.worker().workOff();
  expect(await progressOf()).toEqual({ total: 2, done: 2, failed: 0, pending: 0, state: "succeeded" });
  expect([...written].sort()).toEqual(["ann", "bob", "people.csv deleted"]);
  expect(transport.sent.map(({ mail }) => mail.subject)).toEqual(["people.csv is imported"]);
});

it("docs/jobs.md lets ten jobs of a customer begin in a minute, and others all the same", async () => {
  const { app } = await startApp();
  written.length = 0;
  for (let times = 0; times < 12; times++) await SyncCustomer.delay().perform(7);
  await SyncCustomer.delay().perform(8);
  await app.worker({ concurrency: 1 }).workOff();
  expect(written.filter((line) => line === "customer 7")).toHaveLength(10);
  expect(written).toContain("customer 8");
});
