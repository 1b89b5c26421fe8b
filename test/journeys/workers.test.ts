import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { close, deliverAllLater, Job, openApp } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney } from "./journey.ts";

const enqueue = (count: number) =>
  deliverAllLater(
    Array.from({ length: count }, (_, index) => JourneyMailer.welcome(`u${index}@example.com`, "Ann")),
  );

describeJourney("worker processes", (start) => {
  it("share one queue: every mail is sent once", async () => {
    const { smtp, startWorker } = await start({ holdsAfter: 0 });
    const workers = [startWorker(), startWorker()];
    for (const worker of workers)
      await eventually("the worker started", () => worker.output().includes("worker.started"));
    await enqueue(200);
    // Of what it does not know to be quick, a worker takes no more than it has places for.
    await eventually("both are at work", async () => {
      const running = await Job.running().list();
      return new Set(running.map(({ record }) => record.lockedBy)).size === 2;
    });
    smtp.release();
    await eventually("all mails arrived", () => smtp.messages.length >= 200);
    await eventually("all jobs are done", async () => (await Job.all().count()) === 0);
    expect(smtp.messages).toHaveLength(200);
    expect(new Set(smtp.messages.map(({ envelope }) => envelope.to[0])).size).toBe(200);
    const shares = workers.map(
      (worker) => worker.events().filter(({ event }) => event === "job.done").length,
    );
    expect(Math.min(...shares)).toBeGreaterThan(0);
  });

  it("that get SIGTERM in mid-batch lose nothing and send nothing twice (fault 33)", async () => {
    const { smtp, startWorker } = await start({ delayMs: 100, holdsAfter: 5 });
    await enqueue(60);
    const first = startWorker(["--concurrency", "8"]);
    await eventually("some mails arrived", () => smtp.messages.length === 5);
    const ended = first.end("SIGTERM");
    smtp.release();
    expect(await ended).toBe(0);
    const sentByFirst = smtp.messages.length;
    expect(sentByFirst).toBeLessThan(60);
    const left = await Job.all().list();
    expect(left).toHaveLength(60 - sentByFirst);
    expect(left.every(({ state, attempts }) => state === "ready" && attempts === 0)).toBe(true);
    expect(await startWorker(["--exit-on-complete"]).ended).toBe(0);
    expect(smtp.messages).toHaveLength(60);
    expect(new Set(smtp.messages.map(({ envelope }) => envelope.to[0])).size).toBe(60);
  });

  it("that run out of grace amid a message hand it back, and it comes again as it was (fault 34)", async () => {
    const { smtp, startWorker } = await start({ holdsAfter: 0 });
    await enqueue(1);
    const first = startWorker(["--grace", "200ms"]);
    await eventually("the server has the mail", () => smtp.held() === 1);
    expect(await first.end("SIGTERM")).toBe(0);
    const left = await Job.all().list();
    expect(left.map(({ state, attempts }) => [state, attempts])).toEqual([["ready", 0]]);
    smtp.release();
    expect(await startWorker(["--exit-on-complete"]).ended).toBe(0);
    // The server took both: it cannot know that nobody waited for its answer to the first.
    await eventually("both arrived", () => smtp.messages.length === 2);
    const [one, other] = smtp.messages;
    expect(other?.raw.equals(one?.raw ?? Buffer.of())).toBe(true);
  });

  it("that are killed leave their jobs to others after the lease (faults 1 and 2, DJX-02)", async () => {
    const { smtp, startWorker } = await start({ holdsAfter: 3 });
    await enqueue(40);
    const first = startWorker(["--lease", "2", "--concurrency", "10"]);
    await eventually("it is at work", () => smtp.messages.length === 3);
    await first.end("SIGKILL");
    const onTheWire = Math.max(10, smtp.held());
    smtp.release();
    // Who starts now frees it at once, and has a lease that a busy machine does not make it lose.
    await sleep(2_200);
    startWorker();
    await eventually("all jobs are done", async () => (await Job.all().count()) === 0);
    const people = new Set(smtp.messages.map(({ envelope }) => envelope.to[0]));
    expect(people.size).toBe(40);
    // Only mails that were on the wire when it was killed can come twice: one per connection, and more where a busy machine made it lose
    // its leases before.
    expect(smtp.messages.length - 40).toBeLessThanOrEqual(onTheWire);
  });

  it("refuse to start in production without a mail server, and say so", async () => {
    const { startWorker } = await start();
    const worker = startWorker([], { SMTP_URL: undefined, NODE_ENV: "production" });
    expect(await worker.ended).toBe(2);
    expect(worker.output()).toContain("SMTP_URL is missing");
  });

  it("stop at once when they are idle", async () => {
    const { startWorker } = await start();
    const worker = startWorker(["--sleep-delay", "1h"]);
    await eventually("the worker started", () => worker.output().includes("worker.started"));
    expect(await worker.end("SIGTERM")).toBe(0);
    expect(worker.events().at(-1)).toMatchObject({ event: "worker.stopped" });
  });
});

describeJourney("a store that is reopened", (start) => {
  it("has everything that was stored", async () => {
    const { app } = await start();
    await enqueue(3);
    await close();
    expect(app.config.templates).toBeDefined();
    expect(await (await openApp()).store.count({ state: "ready" })).toBe(3);
  });
});
