import { afterEach, describe, expect, it } from "vitest";
import { InvalidOptionsError, PermanentFailure, RetryLater } from "../../../src/errors/errors.ts";
import { type EventName, Events } from "../../../src/events.ts";
import type { Attempt, Call } from "../../../src/jobs/handler.ts";
import { MAX_CRASHES } from "../../../src/jobs/job-store.ts";
import { Worker } from "../../../src/queue/worker/worker.ts";
import type { WorkerOptions } from "../../../src/queue/worker/worker-options.ts";
import { openDatabase } from "../../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../../src/stores/sqlite/jobs/job-store.ts";
import { eventually } from "../../support/eventually.ts";
import { aJob, someJobs } from "../../support/jobs.ts";
import { probeRegistry } from "../../support/probe.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface SetupOptions extends WorkerOptions {
  readonly perform?: (call: Call, attempt: Attempt) => unknown;
  readonly settings?: object;
}

async function setup({ perform = () => undefined, settings, ...options }: SetupOptions = {}) {
  const database = await openDatabase(":memory:");
  const store = new SqliteJobStore(database);
  const events = new Events();
  const log: EventName[] = [];
  events.onAny((name) => log.push(name));
  const registry = probeRegistry(perform, { backoff: () => 0, ...settings });
  const worker = new Worker({ store, registry, events }, { sleepDelay: 50, grace: 5_000, ...options });
  closing.push(() => store.close().then(() => void database.close()));
  return { store, worker, events, log, registry };
}

/** Runs a worker beside the test; it is stopped at the end of it. */
function start(worker: Worker): { readonly ended: Promise<void> } {
  const ended = worker.run();
  closing.push(async () => {
    worker.abort();
    await ended;
  });
  return { ended };
}

describe("a worker", () => {
  it("performs every due job once, and leaves when there is none (DJ-095)", async () => {
    const seen: unknown[] = [];
    const { store, worker } = await setup({
      perform: ({ args }) => seen.push(args[0]),
      exitOnComplete: true,
    });
    await store.insert(someJobs(250, (index) => ({ args: [index] })));
    await worker.run();
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 250 }, (_, index) => index),
    );
    expect(await store.count({})).toBe(0);
  });

  it("performs side by side, and never more than its concurrency", async () => {
    let running = 0;
    let most = 0;
    const perform = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    const { store, worker } = await setup({ perform, concurrency: 7, exitOnComplete: true });
    await store.insert(someJobs(100));
    await worker.run();
    expect(most).toBe(7);
  });

  it("takes up a job that is stored while it sleeps, without waiting for the next poll", async () => {
    const { store, worker, log } = await setup({ sleepDelay: 3_600_000 });
    start(worker);
    await eventually("the worker started", () => log.includes("worker.started"));
    await store.insert([aJob()]);
    await eventually("the job is done", () => log.includes("job.done"));
  });

  it("tries again after an error, and keeps the job as failed when its attempts are used up", async () => {
    const attempts: number[] = [];
    const perform = (_: Call, { number }: Attempt) => {
      attempts.push(number);
      throw new Error("did not work");
    };
    const { store, worker } = await setup({ perform, exitOnComplete: true });
    const job = aJob({ maxAttempts: 3 });
    await store.insert([job]);
    await worker.run();
    expect(attempts).toEqual([1, 2, 3]);
    const kept = await store.get(job.id);
    expect(kept).toMatchObject({ state: "failed", failReason: "exhausted", attempts: 3 });
    expect(kept?.lastError).toContain("Error: did not work");
  });

  it("spends no attempt when the job says so, and goes on with its checkpoint", async () => {
    const checkpoints: unknown[] = [];
    const perform = (_: Call, { checkpoint }: Attempt) => {
      checkpoints.push(checkpoint);
      if (checkpoints.length < 4)
        throw new RetryLater("not yet", { counted: false, delay: 0, checkpoint: checkpoints.length });
    };
    const { store, worker, log } = await setup({ perform, exitOnComplete: true });
    await store.insert([aJob({ maxAttempts: 1 })]);
    await worker.run();
    expect(checkpoints).toEqual([undefined, 1, 2, 3]);
    expect(log.filter((name) => name === "job.retried")).toHaveLength(3);
    expect(await store.count({})).toBe(0);
  });

  it("keeps a permanent failure at once and goes on with the others", async () => {
    const perform = ({ args }: Call) => {
      if (args[0] === 1) throw new PermanentFailure("no such user", { reason: "rejected" });
    };
    const { store, worker } = await setup({ perform, exitOnComplete: true });
    await store.insert(someJobs(3, (index) => ({ args: [index] })));
    await worker.run();
    expect(await store.find({})).toMatchObject([{ args: [1], failReason: "rejected", attempts: 1 }]);
  });

  it("keeps a job that nothing registered answers, and goes on (DJX-07, DJX-08, DJX-11)", async () => {
    const { store, worker, log } = await setup({ exitOnComplete: true });
    await store.insert([aJob({ handler: "Gone" }), aJob({ action: "constructor" }), aJob()]);
    await worker.run();
    expect(await store.find({ state: "failed" })).toMatchObject([
      { failReason: "unknown-action" },
      { failReason: "unknown-action" },
    ]);
    expect(log.filter((name) => name === "job.failed")).toHaveLength(2);
    expect(log).toContain("job.done");
  });

  it("works only its queues and priorities", async () => {
    const { store, worker } = await setup({
      queues: ["large"],
      minPriority: 1,
      maxPriority: 5,
      exitOnComplete: true,
    });
    await store.insert([
      aJob({ queue: "large", priority: 1 }),
      aJob({ queue: "large", priority: 5 }),
      aJob({ queue: "large", priority: 6 }),
      aJob({ queue: "large", priority: 0 }),
      aJob({ queue: "small", priority: 1 }),
    ]);
    await worker.run();
    expect(await store.count({})).toBe(3);
  });

  it("leaves a queue alone that a job paused, and works the others", async () => {
    const perform = ({ args }: Call) => {
      if (args[0] === "down")
        throw new RetryLater("down", { delay: 3_600_000, counted: false, pauseQueue: true });
    };
    const { store, worker, log } = await setup({ perform, concurrency: 1 });
    await store.insert([aJob({ queue: "mail", args: ["down"] })]);
    start(worker);
    await eventually("the queue is paused", () => log.includes("queue.paused"));
    await store.insert([...someJobs(5, () => ({ queue: "mail" })), aJob({ queue: "other" })]);
    await eventually("the other queue is worked", async () => (await store.count({ queue: "other" })) === 0);
    expect(await store.find({ queue: "mail", state: "ready" })).toHaveLength(6);
    expect((await store.find({ queue: "mail" })).map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("is gone at once when it is told to stop while idle (DJX-13)", async () => {
    const { worker, log } = await setup({ sleepDelay: 3_600_000 });
    const { ended } = start(worker);
    await eventually("the worker started", () => log.includes("worker.started"));
    worker.stop();
    await ended;
    expect(log.at(-1)).toBe("worker.stopped");
  });

  it("leaves timers and signals their turn while there are jobs, though neither they nor the store need the event loop", async () => {
    const { store, worker } = await setup();
    await store.insert(someJobs(20_000));
    setTimeout(() => worker.stop(), 10);
    await start(worker).ended;
    expect(await store.count({ state: "ready" })).toBeGreaterThan(10_000);
  });

  it("finishes what runs and hands back the rest uncounted when it is told to stop", async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { store, worker } = await setup({ perform: () => gate, concurrency: 2 });
    await store.insert(someJobs(10));
    const { ended } = start(worker);
    await eventually("two jobs run", () => worker.running === 2);
    worker.stop();
    release();
    await ended;
    const left = await store.find({});
    expect(left).toHaveLength(8);
    expect(left.every(({ state, attempts }) => state === "ready" && attempts === 0)).toBe(true);
  });

  it("aborts what outlives the grace time and hands it back uncounted (DJX-13, fault 33)", async () => {
    const perform = (_: Call, { signal }: Attempt) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    const { store, worker } = await setup({ perform, grace: 20 });
    await store.insert([aJob()]);
    const { ended } = start(worker);
    await eventually("the job runs", () => worker.running === 1);
    worker.stop();
    await ended;
    expect(await store.find({})).toMatchObject([{ state: "ready", attempts: 0 }]);
  });

  it("bears a store that fails for a while, while claiming and while settling", async () => {
    const { store, worker, log } = await setup();
    const claim = store.claim.bind(store);
    const settle = store.settle.bind(store);
    let failures = 4;
    const failing = () => {
      if (failures-- > 0) throw new Error("no connection");
    };
    store.claim = async (request) => {
      failing();
      return claim(request);
    };
    store.settle = async (settlements) => {
      if (failures === 0) failures = 2;
      failing();
      return settle(settlements);
    };
    await store.insert([aJob()]);
    start(worker);
    await eventually("the job is done", () => log.includes("job.done"));
    expect(log.filter((name) => name === "worker.error").length).toBeGreaterThanOrEqual(4);
  });

  it("holds no more of a queue than its limit, and fills up with the others", async () => {
    const most: Record<string, number> = { newsletters: 0, mail: 0 };
    const running: Record<string, number> = { newsletters: 0, mail: 0 };
    const gates: (() => void)[] = [];
    const perform = async ({ args }: Call) => {
      const queue = String(args[0]);
      running[queue] = (running[queue] ?? 0) + 1;
      most[queue] = Math.max(most[queue] ?? 0, running[queue]);
      await new Promise<void>((resolve) => gates.push(resolve));
      running[queue] -= 1;
    };
    const { store, worker } = await setup({
      perform,
      concurrency: 6,
      sleepDelay: 3_600_000,
      exitOnComplete: true,
    });
    await store.insert(someJobs(10, () => ({ queue: "newsletters", args: ["newsletters"], priority: -1 })));
    await store.insert(someJobs(10, () => ({ queue: "mail", args: ["mail"] })));
    const { ended } = start(worker);
    await eventually("all places are taken", () => worker.running === 6);
    expect(running).toEqual({ newsletters: 2, mail: 4 });
    const opening = setInterval(() => {
      for (const open of gates.splice(0)) open();
    }, 1);
    await ended;
    clearInterval(opening);
    expect(most.newsletters).toBe(2);
    expect(await store.count({})).toBe(0);
  });

  it("performs a job when it is due, though it sleeps long where the store tells of new ones", async () => {
    const { store, worker, log } = await setup({ sleepDelay: 60_000 });
    start(worker);
    await eventually("the worker started", () => log.includes("worker.started"));
    await store.insert([aJob({ runAt: new Date(Date.now() + 300) })]);
    await eventually("the job is done", () => log.includes("job.done"));
  });

  it("warns once when its clock is off the store's", async () => {
    const { store, worker, log } = await setup({ reapEvery: 100 });
    let looks = 0;
    const reap = store.reap.bind(store);
    store.reap = () => {
      looks += 1;
      return reap();
    };
    Object.defineProperty(store, "clockOffset", { value: -5_000 });
    start(worker);
    await eventually("it looked three times", () => looks >= 3);
    expect(log.filter((name) => name === "worker.clock-off")).toHaveLength(1);
  });

  it("never performs a job that another of the same name performs: 100 jobs, 2 workers, 100 runs (DJX-03)", async () => {
    const runs: unknown[] = [];
    const perform = async ({ args }: Call) => {
      runs.push(args[0]);
      await new Promise((resolve) => setImmediate(resolve));
    };
    const { store, worker, registry } = await setup({ perform, name: "twin", exitOnComplete: true });
    const twin = new Worker(
      { store, registry, events: new Events() },
      { name: "twin", exitOnComplete: true },
    );
    expect(twin.id).not.toBe(worker.id);
    await store.insert(someJobs(100, (index) => ({ args: [index] })));
    await Promise.all([worker.run(), twin.run()]);
    expect(runs).toHaveLength(100);
    expect(new Set(runs).size).toBe(100);
  });

  it("lives beside another in one process, each with its own queues (DJX-19)", async () => {
    const done: Record<string, unknown[]> = { mail: [], reports: [] };
    const { store, registry } = await setup();
    const workers = ["mail", "reports"].map((queue) => {
      const events = new Events();
      events.on("job.done", ({ job }) => done[queue]?.push(job.queue));
      return new Worker({ store, registry, events }, { queues: [queue], exitOnComplete: true });
    });
    await store.insert([
      ...someJobs(5, () => ({ queue: "mail" })),
      ...someJobs(3, () => ({ queue: "reports" })),
      aJob({ queue: "other" }),
    ]);
    await Promise.all(workers.map((each) => each.run()));
    expect(done).toEqual({ mail: Array(5).fill("mail"), reports: Array(3).fill("reports") });
    expect(await store.count({})).toBe(1);
  });

  it("holds one job at a time of those that may have killed their workers, and others beside it", async () => {
    const running = new Set<unknown>();
    const together: unknown[][] = [];
    const perform = async ({ args: [name] }: Call) => {
      running.add(name);
      together.push([...running]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running.delete(name);
    };
    const { store, worker } = await setup({ perform, sleepDelay: 3_600_000, exitOnComplete: true });
    await store.insert(someJobs(4, (index) => ({ args: [`suspect ${index}`] })));
    for (let crash = 1; crash < MAX_CRASHES; crash++) {
      await store.claim({ workerId: "gone", token: `${crash}`, limit: 10, leaseMs: 30_000 });
      await store.reap("gone");
    }
    await store.insert(someJobs(4, () => ({ args: ["harmless"] })));
    await worker.run();
    expect(await store.count({})).toBe(0);
    const poisonous = together.map((names) => names.filter((name) => String(name).startsWith("suspect")));
    expect(Math.max(...poisonous.map((names) => names.length))).toBe(1);
    expect(together).toContainEqual(["suspect 0", "harmless"]);
  });

  it("has an identity of its own at every start (DJX-01)", async () => {
    const { store, registry } = await setup();
    const ids = Array.from({ length: 50 }, () => new Worker({ store, registry, events: new Events() }).id);
    expect(new Set(ids).size).toBe(50);
  });

  it("performs a finite amount with workOff", async () => {
    const { store, worker } = await setup({
      perform: ({ args }) => {
        if (args[0] === 0) throw new Error("x");
      },
      settings: { backoff: () => 3_600_000 },
    });
    closing.push(() => worker.close());
    await store.insert(someJobs(10, (index) => ({ args: [index] })));
    expect(await worker.workOff(4)).toEqual({ succeeded: 3, failed: 1 });
    expect(await worker.workOff()).toEqual({ succeeded: 6, failed: 0 });
    expect(await worker.workOff()).toEqual({ succeeded: 0, failed: 0 });
  });

  it.each([
    [{ concurrency: 0 }, "concurrency:"],
    [{ sleepDelay: Number.NaN }, "sleepDelay:"],
    [{ lease: 10_000, heartbeat: 9_000 }, "heartbeat: must be at most half the lease"],
    [{ order: "strict" }, 'order: "strict" needs queues'],
    [{ limits: { mail: 0 } }, "limits.mail:"],
    [{ number: 1 }, '"number"'],
  ])("refuses nonsense at the start: %j (DJX-20)", async (options, message) => {
    const { store, registry } = await setup();
    const make = () => new Worker({ store, registry, events: new Events() }, options as WorkerOptions);
    expect(make).toThrow(InvalidOptionsError);
    expect(make).toThrow(message);
  });
});
