import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { InvalidOptionsError } from "../../src/errors/errors.ts";
import { delayAll } from "../../src/jobs/delayable-call.ts";
import { Job } from "../../src/jobs/job.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { job } from "../../src/plain-jobs/job.ts";
import { startApp } from "../support/app.ts";
import { BOTH_STORES } from "../support/both-stores.ts";
import { eventually } from "../support/eventually.ts";

let running = 0;
let most = 0;
const order: string[] = [];
let gate: Promise<void> = Promise.resolve();
let open: () => void = () => undefined;

const Sync = job("limits.Sync", {
  args: z.tuple([z.string()]),
  limit: { key: (customer) => (customer === "free" ? undefined : `sync ${customer}`), concurrency: 1 },
  async perform(customer) {
    running += customer === "free" ? 0 : 1;
    most = Math.max(most, running);
    order.push(customer);
    if (customer !== "free") await gate;
    running -= customer === "free" ? 0 : 1;
  },
});

/** Who begins, and beside how many others of the key. */
const together: { readonly by: string; readonly beside: number }[] = [];
let inside = 0;

const Together = job("limits.Together", {
  args: z.tuple([z.string()]),
  async perform(by) {
    together.push({ by, beside: inside });
    inside += 1;
    await new Promise((resolve) => setTimeout(resolve, 15));
    inside -= 1;
  },
});

const LimitedMailer = mailer(
  class LimitsMailer extends Mailer {
    hello(to: string) {
      return this.mail({ to, subject: "Hello", text: "Hello" });
    }
  },
  { limit: { key: "hello", concurrency: 3 } },
);

/** Jobs of `customer` end only when `open()` is called. */
function shut(): void {
  gate = new Promise((resolve) => {
    open = resolve;
  });
}

afterEach(() => {
  open();
  [inside, together.length] = [0, 0];
  [running, most, order.length, gate] = [0, 0, 0, Promise.resolve()];
});

const calls = (count: number, customer: string) => Array.from({ length: count }, () => Sync.call(customer));

describe.each(BOTH_STORES)("a limit per key on %s", (_, settings) => {
  const start = async () => (await startApp({}, await settings())).app;

  it("lets one job of a key run at a time, in all workers together, and all of them in the end", async () => {
    const app = await start();
    await delayAll(calls(12, "7"));
    const workers = [app.worker({ concurrency: 5 }), app.worker({ concurrency: 5 })];
    const runs = workers.map((worker) => worker.run());
    await eventually("all are done", async () => (await Job.all().count()) === 0);
    for (const worker of workers) worker.stop();
    await Promise.all(runs);
    expect(most).toBe(1);
    expect(order).toHaveLength(12);
  }, 120_000);

  it("keeps no other job of the queue waiting, however many wait for their key", async () => {
    const app = await start();
    shut();
    await delayAll([...calls(1_000, "7"), ...calls(5, "free"), ...calls(1, "8")]);
    let claimed = 0;
    const { jobs } = app.stores;
    const claim = jobs.claim.bind(jobs);
    jobs.claim = async (request) => {
      const found = await claim(request);
      claimed += found.length;
      return found;
    };
    const worker = app.worker({ concurrency: 4 });
    const run = worker.run();
    await eventually("the others are done", () => order.filter((each) => each !== "7").length === 6);
    expect(order.filter((each) => each === "7")).toHaveLength(1);
    // Those that ran, and of the thousand what one claim had.
    expect(claimed).toBeLessThan(20);
    await Job.ready().removeAll();
    open();
    worker.stop();
    await run;
  }, 120_000);

  it("lets the permits of a worker that is gone go with its lease", async () => {
    const app = await start();
    const dead = { id: "dead", leaseMs: 1_500 };
    expect(await app.stores.rates.hold("limit sync 7", dead, 1, 1)).toBe(1);
    await Sync.delay().perform("7");
    const worker = app.worker({ lease: 1_500 });
    const run = worker.run();
    await eventually("it runs", () => order.length === 1);
    worker.stop();
    await run;
  }, 120_000);

  it("begins no more in a time than its rate", async () => {
    const app = await start();
    const limit = { key: "api", rate: "3/1h" };
    await delayAll(calls(8, "free"), { limit });
    await app.worker().workOff();
    expect(order).toHaveLength(3);
    const waiting = await Job.ready().list();
    expect(waiting).toHaveLength(5);
    expect(waiting.every((each) => each.record.dueAt !== undefined && each.attempts === 0)).toBe(true);
    expect(waiting[0]?.runAt.getFullYear()).toBeLessThan(9_000);
  });

  it("goes on when its rate allows more", async () => {
    const app = await start();
    await delayAll(calls(4, "free"), { limit: { key: "api", rate: "2/1s" } });
    const worker = app.worker();
    const run = worker.run();
    await eventually("all are done", () => order.length === 4);
    worker.stop();
    await run;
  }, 120_000);

  it("holds each job to its own numbers where calls of one key say different ones", async () => {
    const app = await start();
    const limit = (concurrency: number) => ({ limit: { key: "mixed", concurrency } });
    const calls = (count: number, by: string) => Array.from({ length: count }, () => Together.call(by));
    for (let round = 0; round < 4; round++) {
      await delayAll(calls(2, "three"), limit(3));
      await delayAll(calls(1, "alone"), limit(1));
    }
    const workers = [app.worker({ concurrency: 6 }), app.worker({ concurrency: 6 })];
    const runs = workers.map((worker) => worker.run());
    await eventually("all are done", async () => (await Job.all().count()) === 0);
    for (const worker of workers) worker.stop();
    await Promise.all(runs);
    expect(together.toSorted((a, b) => a.beside - b.beside).at(-1)?.beside).toBeLessThanOrEqual(2);
    // One that may run alone begins where nothing of its key runs.
    expect(together.filter(({ by, beside }) => by === "alone" && beside > 0)).toEqual([]);
    expect(together).toHaveLength(12);
  }, 120_000);

  it("keeps no job waiting for the rate of another with the same key", async () => {
    const app = await start();
    await delayAll(calls(3, "free"), { limit: { key: "api", rate: "1/1h" } });
    await delayAll(calls(4, "free"), { limit: { key: "api", rate: "9/1s" } });
    const worker = app.worker();
    const run = worker.run();
    await eventually("those that may have begun", () => order.length === 5);
    worker.stop();
    await run;
    const waiting = await Job.ready().list();
    expect(waiting.map(({ record }) => record.limit?.rate?.limit)).toEqual([1, 1]);
  }, 120_000);

  it("holds for mails, and what a call says wins", async () => {
    const app = await start();
    const mail = await LimitedMailer.delay().hello("ann@x.test");
    expect(mail.record.limit).toEqual({ key: "hello", concurrency: 3 });
    const own = await LimitedMailer.delay({ limit: { key: "own", rate: "10/1m" } }).hello("ann@x.test");
    expect(own.record.limit).toEqual({ key: "own", rate: { limit: 10, per: 60_000 } });
    expect((await Sync.delay().perform("free")).record.limit).toBeUndefined();
    expect(await app.worker().workOff()).toEqual({ succeeded: 3, failed: 0 });
  });

  it.each([
    [{ key: "x" }, /concurrency/],
    [{ key: "", concurrency: 1 }, /key/],
    [{ key: "x", concurrency: 0 }, /concurrency/],
    [{ key: "x", rate: "many" }, /100\/1m/],
    [{ key: "x", concurency: 1 }, /concurency/],
    ["x", /object/],
  ])("refuses %j, and stores nothing", async (limit, reason) => {
    await start();
    const delayed = Sync.delay({ limit: limit as never }).perform("7");
    await expect(delayed).rejects.toThrow(InvalidOptionsError);
    await expect(delayed).rejects.toThrow(reason);
    expect(await Job.all().count()).toBe(0);
  });
});
