import { describe, expect, it } from "vitest";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import type { ScheduleOptions } from "../../src/schedules/schedule.ts";
import { schedule } from "../../src/schedules/schedule.ts";
import { startApp } from "../support/app.ts";

class DigestActions extends Mailer {
  digest(to: string, day: string) {
    return this.mail({ to, subject: `Digest of ${day}` });
  }
}

const DigestMailer = mailer(DigestActions, { name: "DigestMailer" });
const TEMPLATES = { "digest-mailer/digest.text.hbs": "Hello" };

let failures = 0;
const direct: string[] = [];

schedule("digest", "0 9 * * *", { queue: "digests" }, ({ at }) => {
  const day = at.toISOString().slice(0, 10);
  if (failures-- > 0) throw new Error("the database is away");
  return ["a@x.test", "b@x.test"].map((to) => DigestMailer.digest(to, day));
});

schedule("by-hand", "0 9 * * *", async ({ schedule: name, at }) => {
  direct.push(`${name} ${at.toISOString()}`);
  return undefined;
});

schedule("wrong", "0 9 * * *", {}, (() => "a text") as never);

const AT = "2026-01-05T09:00:00.000Z";

/** Stores a tick as a scheduler would. */
async function tick(name: string, options: object = {}) {
  const { app, transport } = await startApp(TEMPLATES);
  const { newJob } = await import("../../src/queue/enqueue/new-job.ts");
  const call = {
    handler: "delayed-mailer.schedule",
    action: name,
    args: [new Date(AT)],
    params: {},
    meta: {},
  };
  const defaults = { queue: "default", priority: 0, maxAttempts: 25 };
  const job = newJob(call, { delay: { runAt: undefined }, settings: {}, defaults });
  await app.store.insert([{ ...job, backoff: [0], ...options }]);
  return { app, transport };
}

describe("the tick of a schedule", () => {
  it("stores the messages it gives back, with the time it was to be", async () => {
    const { app, transport } = await tick("digest");
    await app.worker().workOff();
    expect(transport.sent.map(({ mail }) => mail.subject)).toEqual([
      "Digest of 2026-01-05",
      "Digest of 2026-01-05",
    ]);
  });

  it("stores each of them once, however often it is tried", async () => {
    failures = 2;
    const { app, transport } = await tick("digest");
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(2);
    const again = await app.store.find({ handler: "DigestMailer" });
    expect(again.filter(({ state }) => state === "ready")).toEqual([]);
    const { newJob } = await import("../../src/queue/enqueue/new-job.ts");
    const call = {
      handler: "delayed-mailer.schedule",
      action: "digest",
      args: [new Date(AT)],
      params: {},
      meta: {},
    };
    const defaults = { queue: "default", priority: 0, maxAttempts: 25 };
    await app.store.insert([newJob(call, { delay: { runAt: undefined }, settings: {}, defaults })]);
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(2);
  });

  it("may do something by itself and give nothing back", async () => {
    const { app } = await tick("by-hand");
    expect(await app.worker().workOff()).toEqual({ succeeded: 1, failed: 0 });
    expect(direct).toEqual([`by-hand ${AT}`]);
  });

  it("fails with its reason when it gives back something else", async () => {
    const { app } = await tick("wrong", { maxAttempts: 1 });
    await app.worker().workOff();
    const [failed] = await app.store.find({ state: "failed" });
    expect(failed?.lastError).toContain("it must give back messages, calls of jobs, or nothing");
  });

  it("is kept as failed when its schedule is gone", async () => {
    const { app } = await tick("gone");
    await app.worker().workOff();
    expect(await app.store.find({})).toMatchObject([{ state: "failed", failReason: "unknown-action" }]);
  });

  it("comes by itself from an application's scheduler", async () => {
    const { app } = await startApp(TEMPLATES);
    const scheduler = app.scheduler();
    scheduler.start();
    await expect.poll(() => app.stores.schedules.last("digest")).toBeInstanceOf(Date);
    await scheduler.stop();
  });
});

describe("a schedule", () => {
  it.each([
    ["digest", "0 9 * * *", {}, "taken by another schedule"],
    ["a b", "0 9 * * *", {}, "a name must be"],
    ["x", "0 25 * * *", {}, 'schedule "x"'],
    ["x", "0 9 * * *", { timeZone: "Berlin" }, "Berlin"],
    ["x", "0 9 * * *", { missed: "never" }, "missed:"],
    ["x", "0 9 * * *", { zone: "UTC" }, '"zone"'],
  ])("is refused where it makes no sense: %s, %s, %j", (name, cron, options, message) => {
    expect(() => schedule(name, cron, options as ScheduleOptions, () => undefined)).toThrow(message);
  });

  it("takes a function, and not the message of today for every day", () => {
    expect(() => schedule("daily", "0 9 * * *", DigestMailer.digest("a@x.test", "today") as never)).toThrow(
      'schedule "daily": give a function that makes the message at each tick: () => UserMailer.sendDigest()',
    );
  });
});
