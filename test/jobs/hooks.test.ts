import { describe, expect, it } from "vitest";
import { PermanentFailure } from "../../src/errors/errors.ts";
import type { JobHooks } from "../../src/jobs/hooks.ts";
import { Job } from "../../src/jobs/job.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { startApp } from "../support/app.ts";

const TEMPLATES = { "hooked-mailer/hello.text.hbs": "Hello" };

const log: string[] = [];

class ApplicationActions extends Mailer {
  static override hooks: JobHooks = {
    enqueue: ({ args }) => (args[0] === "late@x.test" ? { priority: 50 } : undefined),
    before: ({ args }) => void log.push(`before ${args[0]}`),
    success: () => void log.push("success"),
    error: (_, error) => void log.push(`error ${(error as Error).name}`),
    failure: ({ name }) => void log.push(`failure ${name}`),
  };
}

class HookedActions extends ApplicationActions {
  hello(to: string) {
    log.push("action");
    if (to === "broken@x.test") throw new PermanentFailure("no such user");
    return this.mail({ to, subject: "Hello" });
  }
}

const HookedMailer = mailer(HookedActions, { name: "HookedMailer" });

describe("a mailer's hooks", () => {
  it("are inherited, and run around its delayed mails", async () => {
    log.length = 0;
    const { app, transport } = await startApp(TEMPLATES);
    const job = await HookedMailer.delay().hello("late@x.test");
    expect(job.priority).toBe(50);
    await HookedMailer.delay().hello("broken@x.test");
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(1);
    expect(log.toSorted()).toEqual(
      [
        "before late@x.test",
        "action",
        "success",
        "before broken@x.test",
        "action",
        "error PermanentFailure",
        "failure HookedMailer.hello",
      ].toSorted(),
    );
  });

  it("run where delayed calls are performed at once, failure too (DJ-138, DJX-23)", async () => {
    log.length = 0;
    const { transport } = await startApp(TEMPLATES, { delayJobs: false });
    const job = await HookedMailer.delay().hello("now@x.test");
    expect(job.state).toBe("done");
    expect(transport.sent).toHaveLength(1);
    expect(log).toEqual(["before now@x.test", "action", "success"]);
    log.length = 0;
    await expect(HookedMailer.delay().hello("broken@x.test")).rejects.toThrow("no such user");
    expect(log).toEqual([
      "before broken@x.test",
      "action",
      "error PermanentFailure",
      "failure HookedMailer.hello",
    ]);
    expect(await Job.all().count()).toBe(0);
  });

  it("leave a call that is due later in the store, where delayed calls are performed at once", async () => {
    const { transport } = await startApp(TEMPLATES, { delayJobs: false });
    const job = await HookedMailer.delay({ in: "1h" }).hello("now@x.test");
    expect(job.state).toBe("ready");
    expect(transport.sent).toHaveLength(0);
  });

  it("see nothing of mails that are delivered without a job", async () => {
    log.length = 0;
    await startApp(TEMPLATES);
    await HookedMailer.hello("now@x.test").deliver();
    expect(log).toEqual(["action"]);
  });
});

describe("the settings of jobs", () => {
  it("take the priority of the call, else of its queue, else the default (DJ-005, DJ-006, DJ-046, DJ-047)", async () => {
    await startApp(TEMPLATES, { priority: 9, queueAttributes: { reports: { priority: 4 } } });
    const priorityOf = async (options: object) =>
      (await HookedMailer.delay(options).hello("a@x.test")).priority;
    expect(await priorityOf({})).toBe(9);
    expect(await priorityOf({ queue: "reports" })).toBe(4);
    expect(await priorityOf({ queue: "reports", priority: 1 })).toBe(1);
    expect(await priorityOf({ queue: "toString" })).toBe(9);
  });

  it("are stored with the call: time limit, backoff, and how long its key is held", async () => {
    await startApp(TEMPLATES);
    const options = { uniqueKey: "k", uniqueFor: "1d", maxRunTime: "30s", backoff: ["10s", "1m"] } as const;
    const job = await HookedMailer.delay(options).hello("a@x.test");
    expect((await job.reload())?.record).toMatchObject({
      uniqueFor: 86_400_000,
      maxRunTime: 30_000,
      backoff: [10_000, 60_000],
    });
  });

  it("let plugins in", async () => {
    const seen: string[] = [];
    const { app } = await startApp(TEMPLATES, {
      plugins: [
        (lifecycle, events) => {
          lifecycle.before("enqueue", ({ job }) => void seen.push(`enqueue ${job.action}`));
          lifecycle.before("perform", ({ job }) => void seen.push(`perform ${job.action}`));
          events.on("job.done", () => seen.push("done"));
        },
      ],
    });
    await HookedMailer.delay().hello("a@x.test");
    app.worker();
    await app.worker().workOff();
    // Two workers were made: a plugin registers once per application (DJ-106).
    expect(seen).toEqual(["enqueue hello", "perform hello", "done"]);
  });

  it("can be changed by hand: another time, or taken back", async () => {
    const { app } = await startApp(TEMPLATES);
    const job = await HookedMailer.delay().hello("a@x.test");
    const runAt = new Date(Date.now() + 60_000);
    await job.reschedule(runAt);
    expect((await job.reload())?.runAt).toEqual(runAt);
    await expect(job.reschedule(new Date(Number.NaN))).rejects.toThrow("valid Date");
    await job.cancel();
    await expect(job.cancel()).rejects.toThrow("is gone");
    await expect(job.reschedule(runAt)).rejects.toThrow("is gone");
    expect(await app.worker().workOff()).toEqual({ succeeded: 0, failed: 0 });
  });

  it("can be changed for many jobs at once", async () => {
    const { app } = await startApp(TEMPLATES);
    await HookedMailer.delay().hello("broken@x.test");
    await HookedMailer.delay().hello("a@x.test");
    await app.worker().workOff();
    expect(await Job.failed().retryAll()).toBe(1);
    expect(await Job.failed().count()).toBe(0);
    expect(await Job.ready().removeAll()).toBe(1);
  });
});
