import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { App } from "../../../src/app/open-app.ts";
import type { Settings } from "../../../src/config/settings.ts";
import { DeliveryError } from "../../../src/delivery/delivery-error.ts";
import { Job } from "../../../src/jobs/job.ts";
import { mailer } from "../../../src/mailers/facade.ts";
import { Mailer } from "../../../src/mailers/mailer.ts";
import { MemoryTransport } from "../../../src/transports/memory-transport.ts";
import { startApp } from "../../support/app.ts";
import { newMongoDatabase } from "../../support/mongo-database.ts";

class HelloActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email, subject: "Hi", template: "hello" });
  }
}
const HelloMailer = mailer(HelloActions, { name: "HelloMailer" });
const TEMPLATES = { "hello.text.hbs": "Hello" };

/** So many sends were allowed at some time between these two, in ms: nobody but the store knows when. */
interface Grant {
  readonly asked: number;
  readonly answered: number;
  readonly count: number;
}

/** Writes down what the store grants to an application, by one clock for all of them. */
function watchGrants({ stores: { rates } }: App, grants: Grant[] = []): readonly Grant[] {
  const reserve = rates.reserve.bind(rates);
  vi.spyOn(rates, "reserve").mockImplementation(async (...given) => {
    const asked = performance.now();
    const reservation = await reserve(...given);
    grants.push({ asked, answered: performance.now(), count: reservation.granted });
    return reservation;
  });
  return grants;
}

/**
 * The most sends that were surely allowed within so many ms. When a mail is sent tells nothing, because a process that others keep from
 * running sends late what it was allowed early.
 */
function mostWithin(span: number, grants: readonly Grant[]): number {
  return Math.max(
    ...grants.map(({ asked: begin }) =>
      grants
        .filter(({ asked, answered }) => asked >= begin && answered < begin + span)
        .reduce((sum, { count }) => sum + count, 0),
    ),
  );
}

const granted = (grants: readonly Grant[]) => grants.reduce((sum, { count }) => sum + count, 0);

describe.each(["SQLite", "MongoDB"])("a rate shared through %s", (kind) => {
  it("holds for all workers together", async () => {
    const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-rate-"));
    const templates = join(folder, "templates");
    mkdirSync(templates);
    writeFileSync(join(templates, "hello.text.hbs"), "Hello");
    const store: Settings =
      kind === "SQLite" ? { sqlite: join(folder, "store.sqlite") } : { mongodbUri: await newMongoDatabase() };
    const transport = new MemoryTransport();
    const open = () =>
      App.open({
        ...store,
        templates,
        from: "sender@x.test",
        transports: { main: { transport, rate: "20/1s" } },
      });
    const apps = [await open(), await open(), await open()];
    onTestFinished(async () => {
      for (const app of apps) await app.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const grants: Grant[] = [];
    for (const app of apps) watchGrants(app, grants);

    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        apps[index % 3]?.deliver(HelloMailer.hello(`${index}@x.test`)),
      ),
    );

    expect(transport.sent).toHaveLength(60);
    expect(granted(grants)).toBeGreaterThanOrEqual(60);
    expect(mostWithin(1_000, grants)).toBeLessThanOrEqual(20);
    const span =
      Math.max(...grants.map(({ answered }) => answered)) - Math.min(...grants.map(({ asked }) => asked));
    expect(span).toBeGreaterThan(2_000);
  });
});

describe("a worker under a rate", () => {
  it("keeps the leases of the mails that wait, spends no attempt, and sends each once", async () => {
    const transport = new MemoryTransport();
    const { app } = await startApp(TEMPLATES, {
      ...({ transport: undefined } as object),
      transports: { main: { transport, rate: "4/1s" } },
    });
    const grants = watchGrants(app);
    const trouble: string[] = [];
    app.events.on("job.lost", () => trouble.push("lost"));
    app.events.on("job.retried", ({ error }) => trouble.push(error));
    app.events.on("jobs.reaped", () => trouble.push("reaped"));
    for (let index = 0; index < 9; index++) await HelloMailer.delay().hello(`${index}@x.test`);
    const done = await app.worker({ lease: 1_000, heartbeat: 100, reapEvery: 100 }).workOff();
    expect(done).toEqual({ succeeded: 9, failed: 0 });
    expect(trouble).toEqual([]);
    expect(granted(grants)).toBeGreaterThanOrEqual(9);
    expect(mostWithin(1_000, grants)).toBeLessThanOrEqual(4);
    expect(new Set(transport.sent.map(({ recipients }) => recipients[0])).size).toBe(9);
  });

  it("puts a mail off that would have to wait too long, without an attempt and without its queue", async () => {
    const free = new MemoryTransport();
    const slow = new MemoryTransport();
    const { app } = await startApp(TEMPLATES, {
      ...({ transport: undefined } as object),
      transports: { slow: { transport: slow, rate: "1/1h", maxWait: 0 }, free },
      interceptors: [({ args }) => (args[0] === "free@x.test" ? { transport: "free" } : undefined)],
    });
    const paused: string[] = [];
    app.events.on("queue.paused", ({ queue }) => paused.push(queue));
    await HelloMailer.delay().hello("first@x.test");
    await HelloMailer.delay().hello("second@x.test");
    await HelloMailer.delay().hello("free@x.test");
    await app.worker({ concurrency: 1 }).workOff();
    expect([slow.sent.length, free.sent.length]).toEqual([1, 1]);
    expect(paused).toEqual([]);
    const left = await Job.ready().last();
    expect(left).toMatchObject({ attempts: 0 });
    expect(left?.lastError).toMatch(/rate is used up/);
    expect(left?.runAt.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
  });

  it("hands a waiting mail back when it stops", async () => {
    const transport = new MemoryTransport();
    const { app } = await startApp(TEMPLATES, {
      ...({ transport: undefined } as object),
      transports: { main: { transport, rate: "1/1m", maxWait: "1h" } },
    });
    await HelloMailer.hello("first@x.test").deliver();
    const job = await HelloMailer.delay().hello("second@x.test");
    const worker = app.worker({ grace: 0 });
    const started = new Promise<void>((resolve) => app.events.on("job.started", () => resolve()));
    const running = worker.run();
    await started;
    await worker.stop();
    await running;
    expect(await Job.find(job.id)).toMatchObject({ state: "ready", attempts: 0 });
    expect(transport.sent).toHaveLength(1);
  });
});

describe("deliver() under a rate", () => {
  it("waits for its turn, and says so where that would take too long", async () => {
    const transport = new MemoryTransport();
    const { app } = await startApp(TEMPLATES, {
      ...({ transport: undefined } as object),
      transports: { main: { transport, rate: "2/1s" } },
    });
    const grants = watchGrants(app);
    const all = [1, 2, 3].map((number) => HelloMailer.hello(`${number}@x.test`).deliver());
    await Promise.all(all);
    expect(transport.sent).toHaveLength(3);
    expect(granted(grants)).toBeGreaterThanOrEqual(3);
    expect(mostWithin(1_000, grants)).toBeLessThanOrEqual(2);
  });

  it("throws a throttled DeliveryError when it would have to wait longer than maxWait", async () => {
    await startApp(TEMPLATES, {
      ...({ transport: undefined } as object),
      transports: { main: { url: "memory:", rate: "1/1h", maxWait: "1s" } },
    });
    await HelloMailer.hello("1@x.test").deliver();
    const refused = await HelloMailer.hello("2@x.test")
      .deliver()
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DeliveryError);
    expect((refused as DeliveryError).outcome).toMatchObject({ class: "throttled", ownLimit: true });
  });
});

describe("a newsletter under a rate", () => {
  it("waits between its mails and sends each once", async () => {
    const transport = new MemoryTransport();
    const { app } = await startApp(TEMPLATES, {
      ...({ transport: undefined } as object),
      transports: { main: { transport, rate: "5/1s" } },
    });
    const grants = watchGrants(app);
    const people = Array.from({ length: 11 }, (_, index) => `${index}@x.test`);
    const issue = await HelloMailer.broadcast(people, { chunkSize: 4 }).hello();
    await app.worker().workOff();
    expect(await issue.progress()).toMatchObject({ state: "finished", sent: 11 });
    expect(granted(grants)).toBeGreaterThanOrEqual(11);
    expect(mostWithin(1_000, grants)).toBeLessThanOrEqual(5);
  });
});
