import { afterEach, describe, expect, it } from "vitest";
import { InvalidOptionsError, PermanentFailure, RetryLater, StopMail } from "../../src/errors/errors.ts";
import { Events } from "../../src/events.ts";
import type { JobHooks } from "../../src/jobs/hooks.ts";
import { withEnqueueHook } from "../../src/queue/enqueue/enqueue.ts";
import { Lifecycle } from "../../src/queue/lifecycle.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { aJob } from "../support/jobs.ts";
import { probeRegistry } from "../support/probe.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A worker whose handler writes down what happens; `log` has it in order. */
async function setup(perform: () => unknown = () => undefined, overrides: JobHooks = {}) {
  const database = await openDatabase(":memory:");
  const store = new SqliteJobStore(database, { retention: 60_000 });
  const events = new Events();
  const log: string[] = [];
  events.on("hook.failed", ({ hook }) => log.push(`hook.failed ${hook}`));
  events.on("plugin.failed", ({ event }) => log.push(`plugin.failed ${event}`));
  const hooks: JobHooks = {
    before: ({ state }) => void log.push(`before ${state}`),
    success: async ({ id }) => void log.push(`success ${(await store.get(id))?.state}`),
    error: ({ lastError }, error) => void log.push(`error ${String(error)} ${lastError?.includes("at ")}`),
    after: () => void log.push("after"),
    failure: async ({ id, state }) => void log.push(`failure ${state} ${(await store.get(id))?.state}`),
    ...overrides,
  };
  const work = () => {
    log.push("perform");
    return perform();
  };
  const lifecycle = new Lifecycle(events);
  const worker = new Worker({
    store,
    events,
    lifecycle,
    registry: probeRegistry(work, { hooks, backoff: () => 0 }),
  });
  closing.push(() => worker.close().then(() => void database.close()));
  return { store, worker, events, lifecycle, log };
}

const NONE = Object.fromEntries(
  ["before", "success", "error", "after", "failure"].map((name) => [name, undefined]),
);

function broken(): never {
  throw new Error("did not work");
}

describe("hooks", () => {
  it.each(["before hook", "invoke plugin", "perform plugin"])(
    "StopMail means the same in a %s as in an action: the job is done, and nothing is performed",
    async (where) => {
      const stop = () => {
        throw new StopMail("asked us not to write");
      };
      const overrides = where === "before hook" ? { before: stop } : {};
      const { store, worker, lifecycle, events, log } = await setup(undefined, overrides);
      if (where !== "before hook") lifecycle.before(where === "invoke plugin" ? "invoke" : "perform", stop);
      const stopped: unknown[] = [];
      events.on("mail.stopped", (mail) => stopped.push(mail));
      const job = aJob({ meta: { messageId: "<a@x.test>" } });
      await store.insert([job]);
      expect(await worker.workOff()).toEqual({ succeeded: 1, failed: 0 });
      expect(await store.get(job.id)).toMatchObject({ state: "done", attempts: 1 });
      expect(log).not.toContain("perform");
      expect(stopped).toEqual([
        { mail: "Probe.go", messageId: "<a@x.test>", reason: "asked us not to write" },
      ]);
    },
  );

  it("run before, success and after around a mail, success when the store has it (DJX-06)", async () => {
    const { store, worker, log } = await setup();
    await store.insert([aJob()]);
    await worker.workOff();
    expect(log).toEqual(["before leased", "perform", "success done", "after"]);
  });

  it("run error and after at each failed attempt, and failure at the last (DJ-075, DJ-081)", async () => {
    const { store, worker, log } = await setup(broken);
    await store.insert([aJob({ maxAttempts: 2 })]);
    await worker.workOff();
    const attempt = ["before leased", "perform", "error Error: did not work true", "after"];
    expect(log).toEqual([...attempt, ...attempt, "failure failed failed"]);
  });

  it("fail the attempt when before throws: nothing is performed", async () => {
    const { store, worker, log } = await setup(undefined, { before: broken });
    await store.insert([aJob({ maxAttempts: 1 })]);
    await worker.workOff();
    expect(log).toEqual(["error Error: did not work true", "after", "failure failed failed"]);
  });

  it.each(["success", "after"] as const)(
    "never perform a job again because %s throws: it is an event (DJX-06)",
    async (hook) => {
      const { store, worker, log } = await setup(undefined, { [hook]: broken });
      const job = aJob();
      await store.insert([job]);
      expect(await worker.workOff()).toEqual({ succeeded: 1, failed: 0 });
      expect(log.filter((line) => line === "perform")).toHaveLength(1);
      expect(log).toContain(`hook.failed ${hook}`);
      expect((await store.get(job.id))?.state).toBe("done");
    },
  );

  it("keep the job's own error when the error hook throws", async () => {
    const { store, worker, log } = await setup(broken, {
      error: () => {
        throw new Error("from the hook");
      },
    });
    const job = aJob({ maxAttempts: 1 });
    await store.insert([job]);
    await worker.workOff();
    expect((await store.get(job.id))?.lastError).toContain("did not work");
    expect(log).toContain("hook.failed error");
  });

  it("mark the job as failed though the failure hook throws (DJ-076, DJ-082)", async () => {
    const { store, worker, log } = await setup(broken, { failure: broken });
    const job = aJob({ maxAttempts: 1 });
    await store.insert([job]);
    await worker.workOff();
    expect(await store.get(job.id)).toMatchObject({ state: "failed", failReason: "exhausted" });
    expect(log.at(-1)).toBe("hook.failed failure");
  });

  it("may all be left out (DJ-077, DJ-083)", async () => {
    const { store, worker, log } = await setup(broken, NONE);
    await store.insert([aJob({ maxAttempts: 3 })]);
    expect(await worker.workOff()).toEqual({ succeeded: 0, failed: 3 });
    expect(log).toEqual(["perform", "perform", "perform"]);
  });

  it("tell no error when the job is only put off, uncounted", async () => {
    let calls = 0;
    const { store, worker, log } = await setup(() => {
      if (calls++ === 0) throw new RetryLater("busy", { counted: false, delay: 0 });
    });
    await store.insert([aJob()]);
    await worker.workOff();
    expect(log).toEqual([
      "before leased",
      "perform",
      "after",
      "before leased",
      "perform",
      "success done",
      "after",
    ]);
  });

  it("run failure for a job that was never performed, because it expired", async () => {
    const { store, worker, log } = await setup();
    await store.insert([aJob({ expiresAt: new Date(0) })]);
    await worker.workOff();
    expect(log).toEqual([expect.stringContaining("error PermanentFailure"), "failure failed failed"]);
  });

  it("run failure for a job that took its workers down with it", async () => {
    const { store, worker, log, events } = await setup();
    const reasons: string[] = [];
    events.on("job.failed", ({ reason }) => reasons.push(reason));
    await store.insert([aJob({ maxAttempts: 1 })]);
    await store.claim({ workerId: "dead", token: "t", limit: 1, leaseMs: -1 });
    const running = worker.run();
    await expect.poll(() => log).toEqual(["failure failed failed"]);
    worker.stop();
    await running;
    expect(reasons).toEqual(["crashed"]);
  });

  it("are waited for when the worker ends", async () => {
    const { store, worker, log } = await setup(undefined, {
      success: () => new Promise((resolve) => setTimeout(() => resolve(void log.push("slow success")), 50)),
    });
    await store.insert([aJob()]);
    await worker.workOff();
    expect(log).toContain("slow success");
  });

  it("may change how a job is queued before it is stored (DJ-197)", async () => {
    const runAt = new Date(Date.now() + 20 * 60_000);
    const job = aJob();
    const changed = await withEnqueueHook(job, {
      enqueue: () => ({ runAt, queue: "late" }),
    });
    expect(changed).toEqual({ ...job, runAt, queue: "late" });
  });

  it.each([{ id: "x" }, { priority: 1.5 }, { queue: "a b" }, { runAt: new Date(Number.NaN) }])(
    "may not change anything else, or to nonsense: %j",
    async (changes) => {
      const hooks = { enqueue: () => changes } as JobHooks;
      await expect(withEnqueueHook(aJob(), hooks)).rejects.toThrow(InvalidOptionsError);
    },
  );
});

describe("plugins around a worker", () => {
  it("stand around its life, its attempts, errors and failures", async () => {
    const { store, worker, lifecycle, events, log } = await setup(broken);
    for (const event of ["execute", "perform", "invoke", "error", "failure"] as const)
      lifecycle.around(event, async (_, next) => {
        log.push(`> ${event}`);
        await next().catch(() => undefined);
        log.push(`< ${event}`);
      });
    events.on("job.failed", () => worker.stop());
    await store.insert([aJob({ maxAttempts: 1 })]);
    await worker.run();
    expect(log).toEqual([
      "> execute",
      "> perform",
      "> invoke",
      "before leased",
      "perform",
      "< invoke",
      "> error",
      "error Error: did not work true",
      "< error",
      "after",
      "< perform",
      "> failure",
      "failure failed failed",
      "< failure",
      "< execute",
    ]);
  });

  it("stand around each round, and may end the worker before it claims anything", async () => {
    const { store, worker, lifecycle, log } = await setup();
    lifecycle.before("loop", () => worker.stop());
    await store.insert([aJob()]);
    await worker.run();
    expect(log).toEqual([]);
    expect(await store.find({})).toMatchObject([{ state: "ready", attempts: 0 }]);
  });

  it("fail the attempt when they throw before the work, and nothing is performed", async () => {
    const { store, worker, lifecycle, log } = await setup();
    lifecycle.before("perform", () => {
      throw new PermanentFailure("not today", { reason: "vetoed" });
    });
    const job = aJob();
    await store.insert([job]);
    await worker.workOff();
    expect(log).not.toContain("perform");
    expect(await store.get(job.id)).toMatchObject({ state: "failed", failReason: "vetoed" });
  });

  it("cannot undo a mail that is sent, nor change what is counted (DJX-06, DJX-18)", async () => {
    const { store, worker, lifecycle, log } = await setup();
    for (const event of ["perform", "invoke"] as const) lifecycle.after(event, broken);
    await store.insert([aJob(), aJob()]);
    expect(await worker.workOff()).toEqual({ succeeded: 2, failed: 0 });
    expect(log.filter((line) => line === "perform")).toHaveLength(2);
    expect(log).toContain("plugin.failed invoke");
  });
});
