import { afterEach, describe, expect, it } from "vitest";
import { type EventName, Events } from "../../src/events.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { type Database, openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { aJob } from "../support/jobs.ts";
import { probeRegistry } from "../support/probe.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface SetupOptions {
  readonly keepFailed?: boolean;
  readonly settings?: object;
  readonly perform?: () => unknown;
}

async function setup({ keepFailed = true, settings = {}, perform = didNotWork }: SetupOptions = {}) {
  const database: Database = await openDatabase(":memory:");
  const store = new SqliteJobStore(database);
  const events = new Events();
  const log: EventName[] = [];
  events.onAny((name) => log.push(name));
  const registry = probeRegistry(perform, { backoff: () => 0, ...settings });
  const worker = new Worker({ store, registry, events, keepFailed }, { concurrency: 1 });
  closing.push(() => worker.close().then(() => void database.close()));
  return { database, store, worker, log };
}

function didNotWork(): never {
  throw new Error("did not work");
}

describe("a job that cannot be loaded", () => {
  it("is marked as failed by workOff, with why, and the batch goes on (DJ-027, DJ-070)", async () => {
    const { store, worker } = await setup({ perform: () => undefined });
    const gone = aJob({ handler: "Gone" });
    await store.insert([gone, aJob()]);
    expect(await worker.workOff()).toEqual({ succeeded: 1, failed: 1 });
    const failed = await store.get(gone.id);
    expect(failed).toMatchObject({ state: "failed", failReason: "unknown-action" });
    expect(failed?.lastError).toContain('Nothing registered answers "Gone.go"');
  });

  it.each([
    ["args", "{oops"],
    ["args", '"no list"'],
    ["params", "[1, 2"],
    ["args", '[{"@bigint": "x"}]'],
  ])("fails by itself where somebody spoiled its %s: %s (DJ-029, DJ-030)", async (column, text) => {
    const { database, store, worker } = await setup({ perform: () => undefined });
    const spoilt = aJob({ maxAttempts: 1 });
    await store.insert([spoilt, aJob()]);
    database.prepare(`UPDATE jobs SET ${column} = ? WHERE id = ?`).run(text, spoilt.id);
    expect(await worker.workOff()).toEqual({ succeeded: 1, failed: 1 });
    expect(await store.get(spoilt.id)).toMatchObject({ state: "failed", lastError: expect.any(String) });
  });

  it("is dropped where the application drops given-up jobs, without a throw (DJ-064)", async () => {
    const { store, worker } = await setup({ keepFailed: false });
    await store.insert([aJob({ handler: "Gone" })]);
    expect(await worker.workOff()).toEqual({ succeeded: 0, failed: 1 });
    expect(await store.count({})).toBe(0);
  });
});

describe("a job that fails", () => {
  it("at its only attempt is kept with its error (DJ-071)", async () => {
    const { store, worker } = await setup();
    const job = aJob({ maxAttempts: 1 });
    await store.insert([job]);
    await worker.workOff();
    const failed = await store.get(job.id);
    expect(failed).toMatchObject({ state: "failed", attempts: 1, failedAt: expect.any(Date) });
    expect(failed?.lastError).toContain("did not work");
  });

  it.each([
    ["is kept", { keepFailed: true }, 1],
    ["is kept where its mailer says so", { keepFailed: false, settings: { keepFailed: true } }, 1],
    ["is dropped", { keepFailed: false }, 0],
    ["is dropped where its mailer says so", { keepFailed: true, settings: { keepFailed: false } }, 0],
  ])(
    "%s after the last of 25 attempts, and not before (DJ-078, DJ-080, DJ-084, DJ-085, DJ-087)",
    async (_, options, kept) => {
      const { store, worker } = await setup(options);
      const job = aJob({ maxAttempts: 25 });
      await store.insert([job]);
      expect(await worker.workOff(24)).toEqual({ succeeded: 0, failed: 24 });
      expect(await store.get(job.id)).toMatchObject({ state: "ready", attempts: 24 });
      expect(await worker.workOff()).toEqual({ succeeded: 0, failed: 1 });
      expect(await store.count({ state: "failed" })).toBe(kept);
      expect(await store.count({})).toBe(kept);
    },
  );
});

describe("a store that fails while jobs are claimed", () => {
  it("is reported every time, never ends the worker, and is asked ever more rarely (DJ-096, DJ-097, DJ-098)", async () => {
    const { store, worker, log } = await setup({ perform: () => undefined });
    const claim = store.claim.bind(store);
    let failures = 3;
    store.claim = async (request) => {
      if (failures-- > 0) throw failures === 1 ? "a throw of any kind" : new Error("no connection");
      return claim(request);
    };
    await store.insert([aJob()]);
    const running = worker.run();
    await expect.poll(() => log.includes("job.done")).toBe(true);
    worker.stop();
    await running;
    expect(log.filter((name) => name === "worker.error")).toHaveLength(3);
  });
});
