import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { App } from "../../src/app/app.ts";
import { BatchCaretaker } from "../../src/batches/batch-caretaker.ts";
import {
  BatchStateError,
  InvalidArgumentsError,
  InvalidOptionsError,
  PermanentFailure,
} from "../../src/errors/errors.ts";
import { Batch, batch } from "../../src/jobs/batch.ts";
import { Job } from "../../src/jobs/job.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { job } from "../../src/plain-jobs/job.ts";
import { delayable } from "../../src/records/delayable.ts";
import { startApp } from "../support/app.ts";
import { BOTH_STORES } from "../support/both-stores.ts";

const seen: string[] = [];

const Row = job("batch.Row", {
  args: z.tuple([z.int()]),
  perform(row) {
    if (row < 0) throw new PermanentFailure("no such row", { reason: "no-row" });
    seen.push(`row ${row}`);
  },
});

const Tell = job("batch.Tell", { args: z.tuple([z.string()]), perform: (text) => void seen.push(text) });

const ReportMailer = mailer(
  class BatchReportMailer extends Mailer {
    imported(count: number) {
      return this.mail({ to: "ann@x.test", subject: `${count} imported`, text: "Done." });
    }
  },
);

class Import {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
  close() {
    seen.push(`import ${this.id} closed`);
  }
}
const Imports = delayable(Import, {
  name: "batch.Import",
  idOf: ({ id }) => id,
  find: async (id: number) => new Import(id),
});

afterEach(() => {
  seen.length = 0;
});

const told = { onComplete: Tell.call("complete"), onSuccess: Tell.call("success") };
const rows = (...numbers: number[]) => numbers.map((number) => Row.call(number));

describe.each(BOTH_STORES)("a batch on %s", (_, settings) => {
  const start = async (more = {}) => (await startApp({}, { ...(await settings()), ...more })).app;
  const caretaker = ({ stores, events }: App, retention?: number) =>
    new BatchCaretaker({ ...stores, events, retention });

  it("performs its jobs, then each of its callbacks once", async () => {
    const app = await start();
    const ended: unknown[] = [];
    app.events.on("batch.ended", (event) => ended.push(event));
    const made = await batch("import 7", rows(1, 2, 3), told);
    expect(made.isNew).toBe(true);
    expect(await made.progress()).toEqual({
      ...{ total: 3, done: 0, failed: 0, cancelled: 0, pending: 3, state: "running" },
    });
    await app.worker().workOff();
    expect(seen.slice(0, 3).sort()).toEqual(["row 1", "row 2", "row 3"]);
    expect(seen.slice(3).sort()).toEqual(["complete", "success"]);
    const found = await Batch.find("import 7");
    expect(await found?.progress()).toEqual({
      ...{ total: 3, done: 3, failed: 0, cancelled: 0, pending: 0, state: "succeeded" },
    });
    expect(found?.endedAt).toBeInstanceOf(Date);
    expect(ended).toEqual([{ id: made.id, key: "import 7", total: 3, done: 3, failed: 0, cancelled: 0 }]);
  });

  it("tells that it is complete, and of no success, where a job was given up", async () => {
    const app = await start();
    const made = await batch("import", rows(1, -2), told);
    await app.worker().workOff();
    expect(seen).toEqual(["row 1", "complete"]);
    expect(await made.progress()).toMatchObject({ done: 1, failed: 1, state: "failed" });
    expect((await made.jobs().where({ state: "failed" }).first())?.record.failReason).toBe("no-row");
    expect(await Job.ready().count()).toBe(0);
  });

  it("counts a failed job that nobody keeps", async () => {
    const app = await start({ keepFailed: false });
    const made = await batch("import", rows(1, -2), told);
    await app.worker().workOff();
    expect(await made.progress()).toMatchObject({ done: 1, failed: 1, cancelled: 0 });
  });

  it("takes a mail, a plain job or a record's method for its callback", async () => {
    const app = await start();
    await batch("with a mail", rows(1), { onComplete: ReportMailer.imported(1) });
    await batch("with a record", rows(2), { onSuccess: Imports.call(new Import(9)).close() });
    await app.worker().workOff();
    expect(seen).toContain("import 9 closed");
    expect(await Job.all().where({ state: "failed" }).count()).toBe(0);
  });

  it("ends at once where it is empty", async () => {
    const app = await start();
    const made = await batch("nothing", [], told);
    expect(await made.progress()).toMatchObject({ total: 0, state: "succeeded" });
    await app.worker().workOff();
    expect(seen.sort()).toEqual(["complete", "success"]);
  });

  it("gives back the batch that has the key, and stores nothing", async () => {
    await start();
    const first = await batch("import", rows(1), told);
    const again = await batch("import", rows(2, 3), told);
    expect([again.isNew, again.id, again.total]).toEqual([false, first.id, 1]);
    expect(await Job.all().count()).toBe(3);
    const many = await Promise.all([1, 2, 3].map((row) => batch("at once", rows(row))));
    expect(many.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await Job.all().count()).toBe(4);
  });

  it("stores nothing where one call does not pass", async () => {
    await start();
    await expect(batch("import", [Row.call(1), Row.call(1.5)])).rejects.toThrow(InvalidArgumentsError);
    await expect(batch("", rows(1))).rejects.toThrow(InvalidOptionsError);
    await expect(batch("import", [{} as never])).rejects.toThrow(InvalidOptionsError);
    await expect(batch("import", rows(1), { uniqueKey: "x" } as never)).rejects.toThrow(/uniqueKey/);
    await expect(batch("import", rows(1), { onDone: Tell.call("x") } as never)).rejects.toThrow(/onDone/);
    await expect(batch("import", rows(1), { onComplete: (() => 1) as never })).rejects.toThrow(
      InvalidOptionsError,
    );
    expect(await Job.all().count()).toBe(0);
    expect(await Batch.find("import")).toBeUndefined();
  });

  it("counts cancelled and removed jobs, and completes by a worker's caretaker", async () => {
    const app = await start();
    const made = await batch("import", rows(1, 2, 3), told);
    const [first, second, third] = await made.jobs().list();
    await first?.cancel();
    await second?.remove();
    await app.worker().workOff();
    expect(await third?.reload().then((done) => done?.state)).not.toBe("ready");
    expect(await made.progress()).toMatchObject({ done: 1, cancelled: 2, state: "failed" });
    expect(seen).toEqual(["row 3", "complete"]);
  });

  it("completes where its last job was removed, at the caretaker's next look", async () => {
    const app = await start();
    const made = await batch("import", rows(1), told);
    await (await made.jobs().first())?.remove();
    await caretaker(app).run();
    await app.worker().workOff();
    expect(seen).toEqual(["complete"]);
  });

  it("is cancelled as a whole", async () => {
    const app = await start();
    const made = await batch("import", rows(1, 2), told);
    expect(await made.cancel()).toBe(2);
    expect(await made.progress()).toMatchObject({ cancelled: 2, pending: 0, state: "failed" });
    await app.worker().workOff();
    expect(seen).toEqual(["complete"]);
    expect(await made.cancel()).toBe(0);
  });

  it("stays what it came to, though a failed job of it is tried again", async () => {
    const app = await start();
    const made = await batch("import", rows(1, -2), told);
    await app.worker().workOff();
    await (await made.jobs().where({ state: "failed" }).first())?.retry();
    await app.worker().workOff();
    await caretaker(app).run();
    expect(await made.progress()).toMatchObject({ done: 1, failed: 1, pending: 0, state: "failed" });
    expect(seen).toEqual(["row 1", "complete"]);
  });

  it("runs nothing before its time, and keeps the queue and the priority it is given", async () => {
    const app = await start();
    const made = await batch("later", rows(1), { in: "1h", queue: "slow", priority: 7 });
    const [waiting] = await made.jobs().list();
    expect(waiting?.record).toMatchObject({ queue: "slow", priority: 7 });
    expect(Math.abs((waiting?.runAt.getTime() ?? 0) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    expect(await app.worker().workOff()).toEqual({ succeeded: 0, failed: 0 });
    await expect(made.remove()).rejects.toThrow(BatchStateError);
  });

  it("is removed with its failed jobs, and its key is free", async () => {
    const app = await start();
    const made = await batch("import", rows(1, -2));
    await app.worker().workOff();
    await made.remove();
    expect(await Job.all().count()).toBe(0);
    await expect(made.progress()).rejects.toThrow(BatchStateError);
    expect((await batch("import", rows(1))).isNew).toBe(true);
  });

  it("is removed when it ended longer ago than it is to be kept", async () => {
    const app = await start();
    await batch("old", rows(1, -2));
    await app.worker().workOff();
    await caretaker(app, 60_000).run();
    expect(await Batch.find("old")).toBeDefined();
    await caretaker(app, -60_000).run();
    expect(await Batch.find("old")).toBeUndefined();
    expect(await Job.all().count()).toBe(0);
  });

  it("lists batches, newest first", async () => {
    await start();
    await batch("one", rows(1));
    await batch("two", rows(1));
    expect((await Batch.list()).map(({ key }) => key)).toEqual(["two", "one"]);
    expect(await Batch.list({ limit: 1 })).toHaveLength(1);
  });
});

/** Every write that ends a batch, as the place where its process stops. */
const STOPS = ["decide", "startParked", "dropGroup", "releaseDone", "end"] as const;

describe.each(BOTH_STORES)("a batch on %s whose process stops", (_, settings) => {
  it.each(STOPS)("before %s, has each callback stored once by whoever goes on", async (stop) => {
    const { app } = await startApp({}, await settings());
    await batch("import", rows(1, 2), told);
    await batch("bad", rows(-1), { onComplete: Tell.call("bad ended"), onSuccess: Tell.call("never") });
    const { jobs, batches } = app.stores;
    const hasLive = jobs.hasLive.bind(jobs);
    jobs.hasLive = () => Promise.reject(new Error("killed"));
    await app.worker().workOff();
    jobs.hasLive = hasLive;
    expect(seen.splice(0).sort()).toEqual(["row 1", "row 2"]);
    const killed = { jobs: stopping(jobs, stop), batches: stopping(batches, stop), events: app.events };
    for (let times = 0; times < 2; times++) await new BatchCaretaker(killed).run().catch(() => undefined);
    for (let times = 0; times < 2; times++)
      await new BatchCaretaker({ ...app.stores, events: app.events }).run();
    await app.worker().workOff();
    expect(seen.sort()).toEqual(["bad ended", "complete", "success"]);
    expect(await (await Batch.find("import"))?.progress()).toMatchObject({ state: "succeeded" });
    expect(await (await Batch.find("bad"))?.progress()).toMatchObject({ failed: 1, state: "failed" });
  });

  it("while its jobs are being stored, leaves nothing of it", async () => {
    const { app } = await startApp({}, await settings());
    const { jobs, batches } = app.stores;
    const advance = batches.advance.bind(batches);
    batches.advance = () => Promise.reject(new Error("killed"));
    await expect(batch("import", rows(1, 2), told)).rejects.toThrow("killed");
    batches.advance = advance;
    expect(await app.worker().workOff()).toEqual({ succeeded: 0, failed: 0 });
    await new BatchCaretaker({ ...app.stores, events: app.events }).run();
    expect(await jobs.count({})).toBe(4);
    expect((await batch("import", rows(3))).isNew).toBe(false);
    const later = { ...app.stores, jobs: ahead(jobs, 700_000) };
    await new BatchCaretaker({ ...later, events: app.events }).run();
    expect(await jobs.count({})).toBe(0);
    expect((await batch("import", rows(3))).isNew).toBe(true);
  });

  it("when all are stored, has them started by whoever goes on", async () => {
    const { app } = await startApp({}, await settings());
    const { jobs } = app.stores;
    const startParked = jobs.startParked.bind(jobs);
    jobs.startParked = () => Promise.reject(new Error("killed"));
    await expect(batch("import", rows(1, 2), told)).rejects.toThrow("killed");
    jobs.startParked = startParked;
    await new BatchCaretaker({ ...app.stores, events: app.events }).run();
    await app.worker().workOff();
    expect(seen.sort()).toEqual(["complete", "row 1", "row 2", "success"]);
  });
});

/** The same store, whose process is gone right before this. */
function stopping<T extends object>(store: T, name: string): T {
  return new Proxy(store, {
    get(target, property) {
      if (property === name) return () => Promise.reject(new Error("killed"));
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The same store, so many ms later. */
function ahead<T extends object>(store: T, ms: number): T {
  return new Proxy(store, {
    get(target, property) {
      if (property === "clockOffset") return ms;
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
