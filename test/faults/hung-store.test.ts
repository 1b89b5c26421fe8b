import { once } from "node:events";
import { afterEach, expect, it, vi } from "vitest";
import { Events } from "../../src/events.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { aJob } from "../support/jobs.ts";
import { probeRegistry } from "../support/probe.ts";

afterEach(() => void vi.useRealTimers());

it.each(["claim", "settle", "extend", "reap"] as const)(
  "a worker stops though the store does not answer any more: %s",
  async (operation) => {
    vi.useFakeTimers();
    const database = await openDatabase(":memory:");
    const store = new SqliteJobStore(database);
    await store.insert([aJob()]);
    // It holds a job that goes on until it is told to stop; then, whatever it asks, nobody answers.
    const registry = probeRegistry((_, { signal }) => once(signal, "abort"));
    const worker = new Worker({ store, events: new Events(), registry }, { grace: 25_000, sleepDelay: 500 });
    let hasEnded = false;
    const ended = worker.run().then(() => {
      hasEnded = true;
    });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(worker.running).toBe(1);
    store[operation] = () => new Promise<never>(() => undefined);
    await store.insert([aJob()]);
    await vi.advanceTimersByTimeAsync(11_000);
    worker.stop();
    // The grace time, the time for aborted jobs, and ten seconds for the store.
    await vi.advanceTimersByTimeAsync(25_000 + 2_000 + 10_100);
    expect(hasEnded).toBe(true);
    await ended;
    database.close();
  },
);
