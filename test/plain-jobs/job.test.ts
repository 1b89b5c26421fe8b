import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  InvalidArgumentsError,
  InvalidOptionsError,
  NameTakenError,
  PayloadTooLargeError,
  PermanentFailure,
  ResultTooLargeError,
  RetryLater,
  UnknownActionError,
  UnstorableValueError,
} from "../../src/errors/errors.ts";
import { delayAll } from "../../src/jobs/delayable-call.ts";
import { Job } from "../../src/jobs/job.ts";
import type { JobContext } from "../../src/jobs/job-context.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { job } from "../../src/plain-jobs/job.ts";
import { startApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";

const seen: unknown[] = [];

const Resize = job("test.Resize", {
  args: z.tuple([z.string(), z.int().positive()]),
  queue: "images",
  priority: 3,
  maxAttempts: 4,
  maxRunTime: "2m",
  keepResult: "1h",
  backoff: () => 0,
  perform(image, width, { attempt, jobId }) {
    seen.push([image, width, attempt, jobId !== ""]);
    if (image === "broken") throw new Error("no image");
    return { image, width: BigInt(width) };
  },
});

const Steps = job("test.Steps", {
  args: z.tuple([z.int()]),
  checkpoint: z.object({ row: z.int() }),
  backoff: () => 0,
  async perform(rows, { checkpoint, attempt, progress }) {
    for (let row = checkpoint.value?.row ?? 0; row < rows; row++) {
      seen.push(`${attempt}:${row}`);
      progress(row / rows, `row ${row}`);
      await checkpoint.save({ row: row + 1 });
      if (row === 1 && attempt === 1) throw new Error("killed half-way");
    }
  },
});

async function start(settings: Parameters<typeof startApp>[1] = {}) {
  seen.length = 0;
  return startApp({}, settings);
}

describe("a plain job", () => {
  it("is stored by its name and arguments, and performed by a worker", async () => {
    const { app } = await start();
    const stored = await Resize.delay({ priority: 5 }).perform("cat", 640);
    expect(stored.record).toMatchObject({
      ...{ handler: "test.Resize", action: "perform", args: ["cat", 640], queue: "images", priority: 5 },
      ...{ maxAttempts: 4, resultFor: 3_600_000 },
    });
    expect(stored.name).toBe("test.Resize");
    expect(await app.worker().workOff()).toEqual({ succeeded: 1, failed: 0 });
    expect(seen).toEqual([["cat", 640, 1, true]]);
  });

  it("keeps what it gave back for as long as it says", async () => {
    const { app } = await start();
    const stored = await Resize.delay().perform("cat", 640);
    await app.worker().workOff();
    const done = await stored.reload();
    expect(done?.state).toBe("done");
    expect(done?.result).toEqual({ image: "cat", width: 640n });
  });

  it("is gone when it is done, unless its call asks to keep the result", async () => {
    const { app } = await start();
    const Add = job("test.Add", { args: z.tuple([z.number(), z.number()]), perform: (a, b) => a + b });
    const plain = await Add.delay().perform(1, 2);
    const kept = await Add.delay({ keepResult: "10m" }).perform(3, 4);
    await app.worker().workOff();
    expect(await plain.reload()).toBeUndefined();
    expect((await kept.reload())?.result).toBe(7);
  });

  it("is done also where its result cannot be kept, which is told", async () => {
    const { app } = await start();
    const Odd = job("test.Odd", { keepResult: "1h", perform: () => new Map([[1, 2]]) });
    const refused: unknown[] = [];
    app.events.on("result.refused", ({ error }) => refused.push(error));
    const stored = await Odd.delay().perform();
    await app.worker().workOff();
    expect((await stored.reload())?.state).toBe("done");
    expect((await stored.reload())?.result).toBeUndefined();
    expect((await stored.reload())?.lastError).toContain("the result is a Map, which cannot be stored");
    expect(refused).toEqual([expect.any(UnstorableValueError)]);
  });

  it.each([
    ["of 64 KiB is kept", 64 * 1024 - 2, undefined],
    ["of a byte more is not, and the job says why and what to do", 64 * 1024 - 1, 64 * 1024 + 1],
  ])("has a result that %s", async (_, length, size) => {
    const { app } = await start();
    const Long = job(`test.Long${length}`, { keepResult: "1h", perform: () => "x".repeat(length) });
    const refused: unknown[] = [];
    app.events.on("result.refused", ({ error }) => refused.push(error));
    const stored = await Long.delay().perform();
    expect(await app.worker().workOff()).toEqual({ succeeded: 1, failed: 0 });
    const done = await stored.reload();
    expect(done?.state).toBe("done");
    expect(done?.result?.length).toBe(size === undefined ? length : undefined);
    if (size === undefined) expect([done?.lastError, refused]).toEqual([undefined, []]);
    else {
      expect(refused).toEqual([expect.any(ResultTooLargeError)]);
      expect(refused[0]).toMatchObject({ code: "RESULT_TOO_LARGE", size, limit: 65_536 });
      expect(done?.lastError).toContain(
        "is done, and its result of 65537 bytes is not kept, because a job keeps at most 65536. Store the data elsewhere",
      );
    }
    expect((await Long.performNow()).length).toBe(length);
  });

  it("is performed here and now by performNow, which gives its result and stores nothing", async () => {
    await start();
    expect(await Resize.performNow("cat", 640)).toEqual({ image: "cat", width: 640n });
    await expect(Resize.performNow("broken", 1)).rejects.toThrow("no image");
    expect(await Job.all().count()).toBe(0);
  });

  it("goes into one write with other jobs and with mails", async () => {
    const { app, transport } = await start();
    class NoteActions extends Mailer {
      hello(to: string) {
        return this.mail({ to, subject: "Hello", text: "Hi" });
      }
    }
    const NoteMailer = mailer(NoteActions, { name: "test.NoteMailer" });
    const jobs = await delayAll([Resize.call("a", 1), NoteMailer.hello("a@x.test"), Resize.call("b", 2)], {
      queue: "mixed",
    });
    expect(jobs.map(({ name, queue }) => `${name} ${queue}`)).toEqual([
      "test.Resize mixed",
      "test.NoteMailer.hello mixed",
      "test.Resize mixed",
    ]);
    expect(await app.worker().workOff()).toEqual({ succeeded: 3, failed: 0 });
    expect(transport.sent).toHaveLength(1);
  });

  it("goes on where the last attempt stopped", async () => {
    const { app } = await start();
    await Steps.delay().perform(4);
    expect(await app.worker().workOff()).toEqual({ succeeded: 1, failed: 1 });
    expect(seen).toEqual(["1:0", "1:1", "2:2", "2:3"]);
  });

  it("takes what an attempt left by RetryLater for its checkpoint too", async () => {
    const { app } = await start();
    const Again = job("test.Again", {
      perform({ checkpoint, attempt }) {
        seen.push(checkpoint.value);
        if (attempt === 1) throw new RetryLater("later", { delay: 0, checkpoint: { page: 2 } });
      },
    });
    await Again.delay().perform();
    await app.worker().workOff();
    expect(seen).toEqual([undefined, { page: 2 }]);
  });

  it("fails for good where its checkpoint is of another shape than its schema", async () => {
    const { app } = await start();
    const stored = await Steps.delay().perform(2);
    const [claimed] = await app.store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 30_000 });
    await app.store.note({ id: claimed?.id ?? "", token: "t" }, { checkpoint: { row: "two" } });
    await app.store.settle([{ id: stored.id, token: "t", kind: "release" }]);
    await app.worker().workOff();
    expect((await stored.reload())?.record.failReason).toBe("invalid-checkpoint");
  });

  it("says how far it is: stored, shown and told, the last word too", async () => {
    const { app } = await start();
    const holding = new AbortController();
    const held = new Promise((resolve) => holding.signal.addEventListener("abort", resolve));
    const Slow = job("test.Slow", {
      keepResult: "1h",
      async perform({ progress }) {
        for (let row = 1; row <= 50; row++) progress(row / 100, `row ${row}`);
        await held;
        for (let row = 51; row <= 100; row++) progress(row / 100, `row ${row}`);
      },
    });
    const told: string[] = [];
    app.events.on("job.progress", ({ share, text }) => told.push(`${share} ${text}`));
    const stored = await Slow.delay().perform();
    const working = app.worker().workOff();
    const half = await eventually("the progress", async () => (await stored.reload())?.progress);
    expect(half).toMatchObject({ share: 0.5, text: "row 50", at: expect.any(Date) });
    holding.abort();
    await working;
    expect((await stored.reload())?.progress).toMatchObject({ share: 1, text: "row 100" });
    expect(told).toEqual(["0.5 row 50", "1 row 100"]);
  });

  it.each([-0.1, 1.1, Number.NaN])("cannot be %d done", async (share) => {
    await start();
    const Wrong = job(`test.Wrong${share}`, { perform: ({ progress }) => progress(share) });
    await expect(Wrong.performNow()).rejects.toThrow(InvalidOptionsError);
  });

  it("writes log lines that name it", async () => {
    const { app } = await start();
    const lines: unknown[] = [];
    app.events.on("job.log", ({ job: { handler }, level, message, fields }) =>
      lines.push([handler, level, message, fields]),
    );
    const Chatty = job("test.Chatty", { perform: ({ log }) => log.warn("bad row", { row: 7 }) });
    await Chatty.delay().perform();
    await app.worker().workOff();
    expect(lines).toEqual([["test.Chatty", "warn", "bad row", { row: 7 }]]);
  });

  it("is told to stop by its signal when its time is up", async () => {
    const { app } = await start();
    const Endless = job("test.Endless", {
      maxRunTime: "50ms",
      maxAttempts: 1,
      perform: ({ signal }) =>
        new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const stored = await Endless.delay().perform();
    await app.worker().workOff();
    expect((await stored.reload())?.lastError).toContain("50 ms");
  });

  it("is checked when it is stored, and again when it is performed", async () => {
    const { app } = await start();
    await expect(Resize.delay().perform("cat", -1)).rejects.toThrow(InvalidArgumentsError);
    await expect(Resize.delay().perform("cat", "wide" as never)).rejects.toThrow(/args\[1\]/);
    await app.store.insert([{ ...recordOf("test.Resize"), args: ["cat", -1] }]);
    await app.worker().workOff();
    expect((await Job.failed().last())?.record.failReason).toBe("invalid-arguments");
  });

  it("takes a bag of hooks, in delayed_job's order", async () => {
    const { app } = await start();
    const Hooked = job("test.Hooked", {
      maxAttempts: 1,
      hooks: {
        enqueue: () => void seen.push("enqueue"),
        before: () => void seen.push("before"),
        error: () => void seen.push("error"),
        after: () => void seen.push("after"),
        failure: () => void seen.push("failure"),
      },
      perform() {
        seen.push("perform");
        throw new PermanentFailure("no");
      },
    });
    await Hooked.delay().perform();
    await app.worker().workOff();
    expect(seen).toEqual(["enqueue", "before", "perform", "error", "after", "failure"]);
  });
});

function recordOf(handler: string) {
  return {
    ...{ id: "507f1f77bcf86cd799439011", handler, action: "perform", params: {}, meta: {}, args: [] },
    ...{ queue: "default", priority: 0, maxAttempts: 3 },
  };
}

describe("what is no job", () => {
  it.each(["constructor", "__proto__", "toString", "call"])(
    "cannot be called by a stored action: %s",
    async (action) => {
      const { app } = await start();
      await app.store.insert([{ ...recordOf("test.Resize"), action, args: ["cat", 1] }]);
      await app.store.insert([{ ...recordOf(action), id: "507f1f77bcf86cd799439012", args: [] }]);
      await app.worker().workOff();
      expect(await Job.failed().count()).toBe(2);
      for (const { record } of await Job.failed().list()) expect(record.failReason).toBe("unknown-action");
      expect(seen).toEqual([]);
    },
  );

  it.each(["constructor", "__proto__", "toString", "performNow", "call", "pefrorm"])(
    "is refused at once where no compiler looks at it: delay().%s()",
    async (name) => {
      await start();
      const delayed = Reflect.apply(Reflect.get(Resize.delay(), name), undefined, ["cat", 1]);
      await expect(delayed).rejects.toThrow(UnknownActionError);
      await expect(delayed).rejects.toThrow("Call one of: test.Resize.perform.");
      expect(await Job.all().count()).toBe(0);
    },
  );

  it("a job that is printed, as on a console, shows its name and what is kept of it", async () => {
    await start();
    const stored = await Resize.delay({ queue: "images" }).perform("cat", 1);
    expect(inspect(stored)).toMatch(/^Job test\.Resize \{\n {2}id: '[0-9a-f]{24}',\n {2}state: 'ready',/);
    expect(inspect([stored])).toContain("queue: 'images'");
  });

  it("a name that is not registered is refused when its call is stored", async () => {
    const { app } = await start();
    const forged = Object.assign(
      Object.create(Object.getPrototypeOf(Resize.call("a", 1))),
      Resize.call("a", 1),
      {
        handler: "test.Gone",
      },
    );
    await expect(app.post([{ call: forged, options: {} }])).rejects.toThrow(UnknownActionError);
    expect(await Job.all().count()).toBe(0);
  });

  it("a name can be taken once", () => {
    expect(() => job("test.Resize", { perform: () => undefined })).toThrow(NameTakenError);
  });

  it("needs perform (DJ-004, DJ-011)", () => {
    expect(() => job("test.Nothing", {} as never)).toThrow(/needs perform/);
    expect(() => job(class Empty {} as never)).toThrow(/needs a method perform/);
  });

  it("delayAll takes calls only", async () => {
    await start();
    await expect(delayAll([{ handler: "test.Resize" } as never])).rejects.toThrow(InvalidOptionsError);
  });

  it("a payload over the limit names its size and the way out, and stores nothing", async () => {
    await start({ maxPayload: 2_000 });
    const Store = job("test.Store", { args: z.tuple([z.string()]), perform: () => undefined });
    await Store.delay().perform("x".repeat(1_900));
    const failing = Store.delay().perform("x".repeat(2_500));
    await expect(failing).rejects.toThrow(PayloadTooLargeError);
    await expect(failing).rejects.toThrow(/test\.Store.*25\d\d bytes.*2000 \(maxPayload\).*pass a reference/);
    expect(await Job.all().count()).toBe(1);
  });

  it("a payload may have 1 MB unless a setting says otherwise", async () => {
    await start();
    const Store = job("test.StoreMegabyte", { args: z.tuple([z.string()]), perform: () => undefined });
    await Store.delay().perform("x".repeat(990_000));
    await expect(Store.delay().perform("x".repeat(1_000_001))).rejects.toThrow(PayloadTooLargeError);
  });

  it.each([
    { queue: { $ne: "x" } },
    { state: { $in: ["failed"] } },
    { handler: ["a"] },
    { $where: "1" },
    { state: "gone" },
    { __proto__: null, action: 7 },
  ])("a filter from outside does not reach the database as an operator: %j", (filter) => {
    expect(() => Job.where(filter as never)).toThrow(InvalidOptionsError);
    expect(() => Job.failed().where(filter as never)).toThrow(InvalidOptionsError);
  });

  it("an id and a page are what they should be", async () => {
    await start();
    await expect(Job.find({ $gt: "" } as never)).rejects.toThrow(InvalidOptionsError);
    await expect(Job.all().list({ limit: { $gt: 0 } as never })).rejects.toThrow(InvalidOptionsError);
  });
});

describe("a class with perform()", () => {
  class Digest {
    readonly userId: number;
    readonly mood: string;
    constructor(userId: number, mood = "calm") {
      this.userId = userId;
      this.mood = mood;
    }
    displayName() {
      return `digest of ${this.userId}`;
    }
    queueName() {
      return this.mood === "calm" ? undefined : "urgent";
    }
    maxAttempts = 2;
    maxRunTime = "45m" as const;
    destroyFailedJobs() {
      return this.mood === "fleeting";
    }
    rescheduleAt(now: Date, attempts: number) {
      seen.push(`reschedule ${attempts}`);
      return now;
    }
    perform({ attempt }: JobContext) {
      seen.push(`perform ${this.userId} ${this.mood} ${attempt}`);
      if (this.mood !== "calm") throw new Error("no");
      return this.userId;
    }
    enqueue() {
      seen.push("enqueue");
      return { priority: 9 };
    }
    before(running: Job) {
      seen.push(`before ${running.id === "" ? "?" : this.userId}`);
    }
    success() {
      seen.push("success");
    }
    after() {
      seen.push("after");
    }
    error(_: Job, error: unknown) {
      seen.push(`error ${error instanceof Error ? error.message : ""}`);
    }
    failure() {
      seen.push("failure");
    }
  }
  const DigestJob = job(Digest, { name: "test.Digest" });

  it("is made anew from its constructor's arguments, with its hooks in order (DJ-016, DJ-021 to DJ-024)", async () => {
    const { app } = await start();
    const stored = await DigestJob.delay().perform(7);
    expect(stored.record).toMatchObject({ args: [7], priority: 9, queue: "default", maxAttempts: 2 });
    expect(seen).toEqual(["enqueue"]);
    await app.worker().workOff();
    expect(seen).toEqual(["enqueue", "before 7", "perform 7 calm 1", "success", "after"]);
  });

  it("says its name, queue, attempts and when to try again (DJ-010, DJ-040, DJ-056, DJ-073)", async () => {
    const { app } = await start();
    const stored = await DigestJob.delay().perform(7, "loud");
    expect(stored.name).toBe("digest of 7");
    expect(stored.queue).toBe("urgent");
    await app.worker().workOff();
    expect(seen).toContain("reschedule 1");
    expect(seen.filter((each) => String(each).startsWith("perform"))).toHaveLength(2);
    expect(seen.slice(-3)).toEqual(["error no", "after", "failure"]);
    expect((await stored.reload())?.state).toBe("failed");
  });

  it("says that a failed job of it is deleted (DJ-063)", async () => {
    const { app } = await start();
    const stored = await DigestJob.delay().perform(7, "fleeting");
    await app.worker().workOff();
    expect(await stored.reload()).toBeUndefined();
  });

  it("runs as long as it says, at most as long as the worker lets it (DJ-058 to DJ-061)", async () => {
    const { app } = await start();
    const limits: number[] = [];
    const timing = (maxRunTime: number | undefined, name: string) => {
      class Timed {
        readonly maxRunTime = maxRunTime;
        perform({ signal }: JobContext) {
          return new Promise<void>((_, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason)),
          );
        }
      }
      return job(Timed as never, { name, maxAttempts: 1 }) as unknown as typeof DigestJob;
    };
    for (const [limit, name] of [
      [40, "test.Short"],
      [60_000, "test.Long"],
      [undefined, "test.Default"],
    ] as const) {
      const stored = await timing(limit, name).delay().perform(0);
      await app.worker({ maxRunTime: 200 }).workOff();
      const [, ms] = /limit of (\d+) ms/.exec((await stored.reload())?.lastError ?? "") ?? [];
      limits.push(Number(ms));
    }
    expect(limits).toEqual([40, 200, 200]);
    expect(app.config.maxRunTime).toBe(4 * 3_600_000);
  });

  it("is found under the names it had, with its fields (DJ-168, DJ-169)", async () => {
    const { app } = await start();
    class Renamed {
      readonly text: string;
      constructor(text: string) {
        this.text = text;
      }
      perform() {
        seen.push(this.text);
      }
    }
    job(Renamed, { name: "test.Renamed", aliases: ["test.OldName"] });
    await app.store.insert([{ ...recordOf("test.OldName"), args: ["kept"] }]);
    await app.worker().workOff();
    expect(seen).toEqual(["kept"]);
  });
});

describe("a mail action", () => {
  it("has its attempt: signal, checkpoint, progress and log", async () => {
    const { app, transport } = await start();
    class ReportActions extends Mailer {
      async report(to: string) {
        const { attempt, checkpoint, signal, log, progress } = this.attempt;
        seen.push(`${attempt} ${JSON.stringify(checkpoint.value)} ${signal.aborted}`);
        log.info("making the report");
        progress(0.5);
        await checkpoint.save({ made: attempt });
        return this.mail({ to, subject: "Report", text: "Here" });
      }
    }
    const ReportMailer = mailer(ReportActions, { name: "test.ReportMailer", backoff: () => 0 });
    transport.script.push({ class: "deferred", response: "450 later" });
    await ReportMailer.delay().report("a@x.test");
    await app.worker().workOff();
    expect(seen).toEqual(["1 undefined false", '2 {"made":1} false']);
    await ReportMailer.report("b@x.test").deliver();
    expect(seen.at(-1)).toBe("1 undefined false");
  });

  it("keeps its checkpoint and the record of who has the mail apart", async () => {
    const { app, transport } = await start();
    class ManyActions extends Mailer {
      async many(...to: string[]) {
        seen.push(this.attempt.checkpoint.value);
        await this.attempt.checkpoint.save("mine");
        return this.mail({ to, subject: "Many", text: "Here" });
      }
    }
    const ManyMailer = mailer(ManyActions, { name: "test.ManyMailer", backoff: () => 0 });
    const refused = [{ address: "b@x.test", class: "deferred" as const, response: "450" }];
    transport.script.push({ class: "sent", accepted: ["a@x.test"], refused });
    await ManyMailer.delay().many("a@x.test", "b@x.test");
    await app.worker().workOff();
    expect(seen).toEqual([undefined, "mine"]);
    expect(transport.sent.map(({ recipients }) => recipients)).toEqual([
      ["a@x.test", "b@x.test"],
      ["b@x.test"],
    ]);
  });
});
