import { describe, expect, it } from "vitest";
import { jobContext, Mailer, mailer } from "../../src/index.ts";
import { job } from "../../src/plain-jobs/job.ts";
import { delayable } from "../../src/records/delayable.ts";
import { startApp } from "../support/app.ts";

const seen: unknown[] = [];
let entered: () => void = () => undefined;

class Catalogue {
  static async rebuild(part: string) {
    await Promise.resolve();
    seen.push([part, jobContext().jobId]);
  }

  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }

  async publish(pages: number) {
    const { attempt, maxAttempts, checkpoint, progress, log } = jobContext<{ page: number }>();
    const from = checkpoint.value?.page ?? 0;
    seen.push({ attempt, maxAttempts, from });
    progress(from / pages, `page ${from}`);
    log.info("publishes", { from });
    await checkpoint.save({ page: from + 1 });
    if (from === 0) throw new Error("the line dropped");
    return pages;
  }

  async wait() {
    const { signal } = jobContext();
    entered();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    seen.push("aborted");
    signal.throwIfAborted();
  }
}

const Catalogues = delayable(
  Catalogue,
  { name: "test.Catalogue", idOf: ({ id }) => id, find: (id: number) => new Catalogue(id) },
  { maxAttempts: 4, backoff: () => 0, keepResult: "1h" },
);

const Calling = job("test.Calling", {
  async perform() {
    await Catalogue.rebuild("by a plain job");
  },
});

class ReportActions extends Mailer {
  async weekly(to: string) {
    await Catalogue.rebuild("by a mail's action");
    const { checkpoint } = jobContext<{ page: number }>();
    seen.push(["own", this.attempt.jobId, this.attempt.signal === jobContext().signal]);
    const from = checkpoint.value?.page ?? 0;
    await checkpoint.save({ page: from + 1 });
    seen.push(["page", from, this.attempt.checkpoint.value]);
    if (from === 0) throw new Error("the line dropped");
    return this.mail({ to, subject: "Hello", text: "Hello" });
  }
}
const ReportMailer = mailer(ReportActions, { name: "ReportMailer", backoff: () => 0 });

async function start() {
  seen.length = 0;
  return startApp();
}

describe("jobContext(), in a method of a record", () => {
  it("tells the attempt, keeps a checkpoint, and says how far it is, with lines that name the job", async () => {
    const { app } = await start();
    const lines: unknown[] = [];
    app.events.on("job.log", ({ job: of, message, fields }) => lines.push([of.id, message, fields]));
    const stored = await Catalogues.delay(new Catalogue(7)).publish(10);
    await app.worker().workOff();
    expect(seen).toEqual([
      { attempt: 1, maxAttempts: 4, from: 0 },
      { attempt: 2, maxAttempts: 4, from: 1 },
    ]);
    const done = await stored.reload();
    expect(done?.result).toBe(10);
    expect(done?.progress).toMatchObject({ share: 0.1, text: "page 1" });
    expect(lines).toEqual([
      [stored.id, "publishes", { from: 0 }],
      [stored.id, "publishes", { from: 1 }],
    ]);
  });

  it("aborts its signal when the job is cancelled", async () => {
    const { app } = await start();
    const running = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const stored = await Catalogues.delay(new Catalogue(7)).wait();
    const working = app.worker().workOff();
    await running;
    await stored.cancel();
    await working;
    expect(seen).toEqual(["aborted"]);
    expect(await stored.reload()).toBeUndefined();
  });

  it("is each job's own, though they run at the same time on the same object", async () => {
    const { app } = await start();
    const jobs = await Promise.all(["a", "b", "c"].map((part) => Catalogues.statics.delay().rebuild(part)));
    await app.worker({ concurrency: 3 }).workOff();
    expect(seen.sort()).toEqual(jobs.map(({ id, args: [part] }) => [part, id]));
  });

  it("is that of the plain job which calls the method", async () => {
    const { app } = await start();
    const stored = await Calling.delay().perform();
    await app.worker().workOff();
    expect(seen).toEqual([["by a plain job", stored.id]]);
  });

  it("is that of the mail whose action calls the method, its checkpoint too", async () => {
    const { app, transport } = await start();
    const { id } = await ReportMailer.delay().weekly("ann@x.test");
    await app.worker().workOff();
    const told = [
      ["by a mail's action", id],
      ["own", id, true],
    ];
    expect(seen).toEqual([...told, ["page", 0, { page: 1 }], ...told, ["page", 1, { page: 2 }]]);
    expect(transport.sent).toHaveLength(1);
  });

  it("is there for whoever else calls the method: nothing is aborted, and nobody hears of it", async () => {
    await start();
    await expect(new Catalogue(7).publish(10)).rejects.toThrow("the line dropped");
    expect(seen).toEqual([{ attempt: 1, maxAttempts: 1, from: 0 }]);
    expect(jobContext().signal.aborted).toBe(false);
  });
});
