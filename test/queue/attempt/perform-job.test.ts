import { describe, expect, it } from "vitest";
import {
  InvalidArgumentsError,
  PermanentFailure,
  RecordGoneError,
  RetryLater,
  TemplateError,
} from "../../../src/errors/errors.ts";
import { Events } from "../../../src/events.ts";
import {
  type Attempt,
  type Call,
  type FailedAttempt,
  type JobHandler,
  NO_HOST,
  Registry,
} from "../../../src/jobs/handler.ts";
import type { JobRecord } from "../../../src/jobs/job-record.ts";
import type { JobStore } from "../../../src/jobs/job-store.ts";
import { CALL_FORMAT } from "../../../src/jobs/stored-value.ts";
import type { AttemptOptions } from "../../../src/queue/attempt/attempt-result.ts";
import { AttemptSignal } from "../../../src/queue/attempt/attempt-signal.ts";
import { LEASE_LOST, STOPPING } from "../../../src/queue/attempt/disposition.ts";
import { performJob } from "../../../src/queue/attempt/job-attempt.ts";
import { Lifecycle } from "../../../src/queue/lifecycle.ts";

/** No hook here asks the store anything. */
const NO_STORE = {} as JobStore;

const NOW = Date.parse("2026-01-01T00:00:00Z");

function record(changes: Partial<JobRecord> = {}): JobRecord {
  return {
    id: "0123456789abcdef01234567",
    handler: "M",
    action: "go",
    args: ["x"],
    params: {},
    meta: {},
    queue: "default",
    priority: 0,
    runAt: new Date(NOW),
    state: "leased",
    attempts: 1,
    maxAttempts: 3,
    crashes: 0,
    createdAt: new Date(NOW),
    lockToken: "t",
    ...changes,
  };
}

function setup(perform: (call: Call, attempt: Attempt) => unknown, changes: Partial<JobHandler> = {}) {
  const registry = new Registry();
  registry.add({
    name: "M",
    aliases: ["OldM"],
    settings: {},
    has: (action) => action === "go",
    actions: () => ["M.go"],
    check: async (_, args) => args,
    perform: async (call, attempt) => void (await perform(call, attempt)),
    ...changes,
  });
  const signal = new AttemptSignal();
  const events = new Events();
  const options = {
    registry,
    backoff: (attempts: number) => attempts * 1000,
    lifecycle: new Lifecycle(events),
    events,
    store: NO_STORE,
    host: NO_HOST,
    worker: "w",
    maxRunTime: 60_000,
    keepFailed: true,
    deployGraceMs: 0,
    now: () => NOW,
  };
  const run = (changes?: Partial<JobRecord>, more: Partial<AttemptOptions> = {}) =>
    performJob(record(changes), signal, { ...options, ...more });
  return { signal, events, run };
}

const fails = (error: unknown) =>
  setup(() => {
    throw error;
  });

describe("performing a job", () => {
  it("ends as done when nothing throws", async () => {
    const { settlement } = await setup(() => undefined).run();
    expect(settlement).toEqual({ id: "0123456789abcdef01234567", token: "t", kind: "done" });
  });

  it("hands over the stored call and attempt, decoded", async () => {
    let seen: unknown[] = [];
    const { run } = setup((call, attempt) => {
      seen = [call.args, call.params, attempt.checkpoint, attempt.number];
    });
    await run({
      args: [{ "@bigint": "5" }],
      params: { at: { "@undefined": true } },
      checkpoint: { "@bigint": "7" },
      attempts: 2,
    });
    expect(seen).toEqual([[5n], { at: undefined }, 7n, 2]);
  });

  it("finds a handler by an older name", async () => {
    expect((await setup(() => undefined).run({ handler: "OldM" })).settlement?.kind).toBe("done");
  });

  it("is retried with its backoff after an error, with message and stack kept (DJ-072)", async () => {
    const { settlement } = await fails(new Error("did not work")).run({ attempts: 2 });
    expect(settlement).toMatchObject({ kind: "retry", counted: true, runAt: new Date(NOW + 2000) });
    expect(settlement).toHaveProperty(
      "error",
      expect.stringMatching(/^Error: did not work\n.*perform-job\.test/s),
    );
  });

  it("uses the handler's own backoff where there is one", async () => {
    const { run } = setup(() => Promise.reject(new Error("x")), { settings: { backoff: () => 42 } });
    expect((await run()).settlement).toMatchObject({ runAt: new Date(NOW + 42) });
  });

  it.each([["text"], [undefined], [null], [{ some: "object" }], [new Error("")], [Object.create(null)]])(
    "bears anything that is thrown: %j (DJ-074)",
    async (thrown) => {
      expect((await fails(thrown).run()).settlement?.kind).toBe("retry");
    },
  );

  it("is kept as failed when its attempts are used up", async () => {
    expect((await fails(new Error("x")).run({ attempts: 3 })).settlement).toMatchObject({
      kind: "fail",
      reason: "exhausted",
    });
  });

  it("is kept as failed at once by a permanent failure, with its reason", async () => {
    const { settlement } = await fails(
      new PermanentFailure("550 no such user", { reason: "rejected" }),
    ).run();
    expect(settlement).toMatchObject({ kind: "fail", reason: "rejected" });
  });

  it.each([
    ["an unknown handler", { handler: "Gone" }, "unknown-action", 'answers "Gone.go". Known: M.'],
    [
      "an unknown action",
      { action: "constructor" },
      "unknown-action",
      'answers "M.constructor". Known: M.go.',
    ],
    ["unreadable arguments", { args: [{ "@later": 1 }] }, "unreadable", "a tag this version does not know"],
    ["an expiry in the past", { expiresAt: new Date(NOW) }, "expired", "was to run before 2026-01-01"],
  ])("is kept as failed with its reason: %s", async (_, changes, reason, message) => {
    const { settlement } = await setup(() => undefined).run(changes);
    expect(settlement).toMatchObject({ kind: "fail", reason, error: expect.stringContaining(message) });
  });

  it("leaves what it does not know to another service, where it is told to, for as long as it takes", async () => {
    const { run } = setup(() => undefined);
    const others = { leavesUnknown: true };
    const old = { createdAt: new Date(NOW - 30 * 86_400_000), attempts: 3, handler: "OthersMailer" };
    const { settlement } = await run(old, others);
    expect(settlement).toMatchObject({ kind: "retry", counted: false, runAt: new Date(NOW + 30_000) });
    expect(await run(old)).toMatchObject({
      settlement: { kind: "fail", reason: "unknown-action", error: expect.stringContaining("--queues") },
    });
    // Arguments that do not fit are its own mailer's affair.
    const { run: runOwn } = fails(new InvalidArgumentsError("M", "go", ["args[0]: not a number"]));
    expect((await runOwn({}, others)).settlement).toMatchObject({ reason: "invalid-arguments" });
  });

  it("is kept as failed when the arguments no longer fit, and does not run", async () => {
    let ran = false;
    const check = () => Promise.reject(new InvalidArgumentsError("M", "go", ["args[0]: too short"]));
    const { run } = setup(() => (ran = true), { check });
    expect((await run()).settlement).toMatchObject({ kind: "fail", reason: "invalid-arguments" });
    expect(ran).toBe(false);
  });

  describe("that this process does not know, or not with these arguments", () => {
    const check = () => Promise.reject(new InvalidArgumentsError("M", "go", ["args[0]: too short"]));
    const grace = { deployGraceMs: 600_000 };

    it.each([
      ["its mailer", { handler: "New" }, {}],
      ["its action", { action: "new" }, {}],
      ["its arguments", {}, { check }],
      ["how its arguments are written", { args: [{ "@later": 1 }] }, {}],
    ])(
      "is left to others while it may be of a newer version: %s (faults 28 and 29)",
      async (_, changes, more) => {
        const { run } = setup(() => undefined, more);
        const { settlement } = await run({ ...changes, attempts: 3, maxAttempts: 3 }, grace);
        expect(settlement).toMatchObject({ kind: "retry", counted: false, runAt: new Date(NOW + 5_000) });
        const old = { ...changes, createdAt: new Date(NOW - 600_000) };
        expect((await run(old, grace)).settlement).toMatchObject({ kind: "fail" });
      },
    );

    it.each([
      ["young, in a deployment", { createdAt: new Date(NOW) }, grace, 5_000],
      ["old", { createdAt: new Date(NOW - 30 * 86_400_000) }, grace, 30_000],
      ["of an action that is not known either", { action: "new" }, {}, 30_000],
    ])(
      "is left to a newer version where it is stored in that one's format: %s",
      async (_, changes, more, ms) => {
        let ran = false;
        const { run } = setup(() => (ran = true));
        const { settlement } = await run({ ...changes, format: CALL_FORMAT + 1, attempts: 3 }, more);
        expect(settlement).toMatchObject({
          kind: "retry",
          counted: false,
          runAt: new Date(NOW + ms),
          error: expect.stringContaining(`is stored in format ${CALL_FORMAT + 1} by a newer version`),
        });
        expect(ran).toBe(false);
      },
    );

    it("performs what is stored in the format of today, and in that of before there was a number", async () => {
      const { run } = setup(() => undefined);
      expect((await run({ format: CALL_FORMAT })).settlement?.kind).toBe("done");
      expect((await run({})).settlement?.kind).toBe("done");
    });

    it("is no excuse for what would fail in every version", async () => {
      const { run } = fails(new TemplateError("no variable"));
      expect((await run({}, grace)).settlement).toMatchObject({ kind: "fail", reason: "template" });
    });
  });

  describe("whose record is gone", () => {
    const gone = [
      new RecordGoneError("User 42"),
      Object.assign(new Error("x"), { name: "DocumentNotFoundError" }),
    ];

    it.each(gone)("is kept as failed at once, with that reason: %s (DJ-068, DJX-09)", async (error) => {
      const { settlement } = await fails(error).run();
      expect(settlement).toMatchObject({ kind: "fail", reason: "record-gone" });
      expect(settlement).not.toHaveProperty("keep");
    });

    it.each(gone)("is dropped where its mailer says so: %s (DJX-09)", async (error) => {
      const { run } = setup(() => Promise.reject(error), { settings: { recordGone: "discard" } });
      expect((await run()).settlement).toMatchObject({ kind: "fail", reason: "record-gone", keep: false });
    });

    it.each(gone)("is tried again where its mailer says so: %s (DJX-09)", async (error) => {
      const { run } = setup(() => Promise.reject(error), { settings: { recordGone: "retry" } });
      expect((await run()).settlement).toMatchObject({ kind: "retry", counted: true });
    });
  });

  it("is kept as failed by a template error: no attempt would mend it", async () => {
    expect((await fails(new TemplateError("no variable")).run()).settlement).toMatchObject({
      kind: "fail",
      reason: "template",
    });
  });

  it("may ask for its own delay, uncounted, with a checkpoint, even at the last attempt", async () => {
    const later = new RetryLater("busy", {
      delay: 5,
      counted: false,
      checkpoint: { at: 3n },
      pauseQueue: true,
    });
    const { settlement, pauseQueueMs } = await fails(later).run({ attempts: 3 });
    expect(settlement).toMatchObject({
      kind: "retry",
      counted: false,
      runAt: new Date(NOW + 5),
      checkpoint: { at: { "@bigint": "3" } },
    });
    expect(pauseQueueMs).toBe(5);
  });

  it.each([
    ["no sooner than it asks for", 100, 300],
    ["as late as its backoff says", 900, 900],
  ])("is tried again %s", async (_, backoff, expected) => {
    const { settlement } = await fails(new RetryLater("busy", { notBefore: 300 })).run({
      backoff: [backoff],
    });
    expect(settlement).toMatchObject({ kind: "retry", counted: true, runAt: new Date(NOW + expected) });
  });

  it("writes nothing when it fails after the lease was lost", async () => {
    const { signal, run } = setup(() => {
      signal.abort(LEASE_LOST);
      throw new Error("aborted");
    });
    expect((await run()).settlement).toBeUndefined();
  });

  it("still writes that it is done when it succeeds after the lease was lost: the token decides", async () => {
    const { signal, run } = setup(() => signal.abort(LEASE_LOST));
    expect((await run()).settlement?.kind).toBe("done");
  });

  it("is handed back uncounted when the worker stops, with its checkpoint", async () => {
    const { signal, run } = setup(() => {
      signal.abort(STOPPING);
      throw new RetryLater("stopped", { checkpoint: 4 });
    });
    expect((await run()).settlement).toMatchObject({
      kind: "retry",
      counted: false,
      checkpoint: 4,
      runAt: new Date(NOW),
    });
  });

  it("is kept as failed when the worker stops and its mail is one to be held", async () => {
    const { signal, run } = setup(() => {
      signal.abort(STOPPING);
      throw new PermanentFailure("no answer to the final dot", { reason: "unknown" });
    });
    expect((await run()).settlement).toMatchObject({ kind: "fail", reason: "unknown" });
  });

  it("cuts an endless error (DJX-15)", async () => {
    const { settlement } = await fails(new Error("x".repeat(1_000_000))).run();
    expect((settlement as { error: string }).error.length).toBeLessThanOrEqual(8_192);
  });

  it("is stopped at its time limit, to the millisecond, and cannot swallow that (DJ-069, DJX-14)", async () => {
    let over: () => void = () => undefined;
    const { run, signal } = setup(async (_, attempt) => {
      await new Promise<void>((resolve) => attempt.signal.addEventListener("abort", () => resolve()));
      await new Promise<void>((resolve) => {
        over = resolve;
      });
    });
    const startedAt = performance.now();
    const { settlement, ended } = await run({}, { maxRunTime: 400 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(399);
    expect(settlement).toMatchObject({ kind: "retry", counted: true });
    expect((settlement as { error: string }).error).toContain("limit of 400 ms (maxRunTime)");
    expect(signal.signal.aborted).toBe(true);
    let isEnded = false;
    void ended.then(() => {
      isEnded = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isEnded).toBe(false);
    over();
    await ended;
  });

  it("is over at its time limit though it blocks the event loop, and is live until then", async () => {
    const seen: boolean[] = [];
    const { run } = setup(async (_, { isLive }) => {
      seen.push(isLive());
      for (const end = performance.now() + 30; performance.now() < end; );
      seen.push(isLive());
      throw new Error("aborted");
    });
    const { settlement } = await run({}, { maxRunTime: 20 });
    expect(seen).toEqual([true, false]);
    expect(settlement).toMatchObject({ kind: "retry", error: expect.stringContaining("limit of 20 ms") });
  });

  it("is done when it ended well, though it blocked the event loop for longer than its limit", async () => {
    const { run } = setup(async () => {
      for (const end = performance.now() + 30; performance.now() < end; );
    });
    expect((await run({}, { maxRunTime: 20 })).settlement?.kind).toBe("done");
  });

  it.each([
    ["the worker's", 1, {}, {}],
    ["its handler's", 1_000_000, { maxRunTime: 1 }, {}],
    ["its own", 1_000_000, { maxRunTime: 500_000 }, { maxRunTime: 1 }],
    ["the worker's when that is shorter", 1, { maxRunTime: 500_000 }, { maxRunTime: 500_000 }],
  ])("obeys %s time limit (DJ-057 to DJ-061)", async (_, maxRunTime, settings, changes) => {
    const { run } = setup(() => new Promise(() => undefined), { settings });
    const { settlement } = await run(changes, { maxRunTime });
    expect((settlement as { error: string }).error).toContain("limit of 1 ms");
  });

  it("is tried again when the backoff of its call says, then its mailer's, and the last delay repeats", async () => {
    const { run } = setup(
      () => {
        throw new Error("x");
      },
      { settings: { backoff: () => 7_000 } },
    );
    const delays = [];
    for (const attempts of [1, 2, 3]) {
      const { settlement } = await run({ attempts, maxAttempts: 9, backoff: [100, 200] });
      delays.push((settlement as { runAt: Date }).runAt.getTime() - NOW);
    }
    expect(delays).toEqual([100, 200, 200]);
    const { settlement } = await run({});
    expect((settlement as { runAt: Date }).runAt.getTime() - NOW).toBe(7_000);
  });

  it("may be told the time itself, as by reschedule_at (DJ-073)", async () => {
    const runAt = new Date(NOW + 99 * 60_000);
    const seen: unknown[] = [];
    const backoff = (attempts: number, { error }: FailedAttempt) => {
      seen.push(attempts, String(error));
      return runAt;
    };
    const { run } = setup(
      () => {
        throw new Error("x");
      },
      { settings: { backoff } },
    );
    expect((await run({ attempts: 2 })).settlement).toMatchObject({ kind: "retry", runAt });
    expect(seen).toEqual([2, "Error: x"]);
  });

  it.each([
    () => Number.NaN,
    () => new Date(Number.NaN),
    () => {
      throw new Error("broken");
    },
  ])("is put off as by default when a backoff makes no sense: %s", async (backoff) => {
    const { run } = setup(
      () => {
        throw new Error("x");
      },
      { settings: { backoff } },
    );
    const { settlement } = await run({});
    expect((settlement as { runAt: Date }).runAt.getTime()).toBeGreaterThanOrEqual(NOW + 6_000);
  });

  it.each([
    ["keeps", {}, true, undefined],
    ["drops", {}, false, false],
    ["keeps where its mailer says so", { keepFailed: true }, false, undefined],
    ["drops where its mailer says so", { keepFailed: false }, true, false],
  ])("%s a job that is given up (DJ-062, DJ-063, DJ-079, DJ-086)", async (_, settings, keepFailed, keep) => {
    const { run } = setup(
      () => {
        throw new Error("x");
      },
      { settings },
    );
    const { settlement } = await run({ attempts: 3 }, { keepFailed });
    expect(settlement).toMatchObject({ kind: "fail", reason: "exhausted" });
    expect((settlement as { keep?: boolean }).keep).toBe(keep);
  });
});
