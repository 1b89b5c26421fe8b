import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { BeingPlannedError, InvalidOptionsError, PermanentFailure } from "../../src/errors/errors.ts";
import { registry } from "../../src/jobs/handler.ts";
import type { Newsletter, NewsletterRequest } from "../../src/jobs/newsletter.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import type { NewNewsletter } from "../../src/newsletters/newsletter-store.ts";
import { Newsletters } from "../../src/newsletters/newsletters.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { SqliteNewsletterStore } from "../../src/stores/sqlite/newsletters/newsletter-store.ts";
import { startApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";

interface Person {
  email: string;
  name: string;
}

class WeeklyActions extends Mailer {
  weekly(person: Person, issue: number) {
    if (person.name === "Refuses") throw new PermanentFailure("asked us not to write");
    const locals = person.name === "Nameless" ? {} : { name: person.name };
    return this.mail({ to: person.email, subject: `Issue ${issue}`, locals });
  }
}

const WeeklyMailer = mailer(WeeklyActions, {
  name: "WeeklyMailer",
  args: { weekly: z.tuple([z.object({ email: z.email(), name: z.string() }), z.number()]) },
});

const TEMPLATES = { "weekly-mailer/weekly.text.hbs": "Hello {{name}}" };

const people = (count: number, name = "Ann"): Person[] =>
  Array.from({ length: count }, (_, index) => ({ email: `p${index}@x.test`, name }));

async function failuresOf(newsletter: Newsletter) {
  const failures = [];
  for await (const failure of newsletter.failures()) failures.push(failure);
  return failures;
}

describe("a newsletter", () => {
  it("reaches everybody once, and ends with an event", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const finished: number[] = [];
    app.events.on("newsletter.finished", ({ progress }) => finished.push(progress.sent));
    const newsletter = await WeeklyMailer.broadcast(people(23), { chunkSize: 5 }).weekly(7);
    expect(await newsletter.progress()).toMatchObject({
      state: "running",
      planned: true,
      chunks: 5,
      pending: 23,
    });
    await app.worker().workOff();
    expect(transport.sent.map(({ recipients }) => recipients[0]).toSorted()).toEqual(
      people(23)
        .map(({ email }) => email)
        .toSorted(),
    );
    expect(await newsletter.progress()).toMatchObject({ state: "finished", sent: 23, pending: 0 });
    expect(finished).toEqual([23]);
  });

  it("gives every recipient a Message-ID of his own, the same when he is sent to again", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const ids: string[] = [];
    const send = transport.send.bind(transport);
    transport.send = (mail, options) => {
      ids.push(mail.messageId);
      return send(mail, options);
    };
    transport.script.push({ class: "deferred" }, { class: "deferred" });
    const newsletter = await WeeklyMailer.broadcast(people(2)).weekly(7);
    await app.worker().workOff();
    const [job] = await app.store.find({ group: newsletter.id });
    await app.store.retry(job!.id);
    await app.worker().workOff();
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@x\.test>$/);
  });

  it("charges one recipient for his own data, and nobody else", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const audience = [
      ...people(3),
      { email: "nameless@x.test", name: "Nameless" },
      { email: "refuses@x.test", name: "Refuses" },
      { email: "no address", name: "Bad" },
    ];
    const newsletter = await WeeklyMailer.broadcast(audience).weekly(7);
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(3);
    expect(await newsletter.progress()).toMatchObject({ state: "finished", sent: 3, failed: 2, refused: 1 });
    expect(await failuresOf(newsletter)).toMatchObject([
      { recipient: "row 6", outcome: "refused" },
      { recipient: "nameless@x.test", outcome: "failed", response: expect.stringContaining("name") },
      { recipient: "refuses@x.test", outcome: "failed", response: "asked us not to write" },
    ]);
  });

  it("tries the deferred again, and only them", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const answers = ["sent", "deferred", "rejected", "sent"] as const;
    transport.script.push(...answers.map((each) => ({ class: each, response: `said ${each}` })));
    const newsletter = await WeeklyMailer.broadcast(people(4)).weekly(7);
    await app.worker().workOff();
    expect(await newsletter.progress()).toMatchObject({
      state: "running",
      sent: 2,
      deferred: 1,
      rejected: 1,
    });
    const [job] = await app.store.find({ group: newsletter.id });
    expect(job).toMatchObject({ state: "ready", attempts: 1 });
    await app.store.retry(job!.id);
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(3);
    expect(await newsletter.progress()).toMatchObject({
      state: "finished",
      sent: 3,
      deferred: 0,
      rejected: 1,
    });
  });

  it("gives up on those who are still deferred at the last attempt, and says why", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    transport.script.push({ class: "deferred", response: "451 mailbox busy" });
    const newsletter = await WeeklyMailer.broadcast(people(1), { maxAttempts: 1 }).weekly(7);
    await app.worker().workOff();
    expect(await newsletter.progress()).toMatchObject({ state: "finished", failed: 1 });
    expect((await failuresOf(newsletter))[0]?.response).toContain("451 mailbox busy");
  });

  it("waits, uncounted, while the mail server is down: no recipient has an outcome from that", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    transport.script.push(
      ...Array.from({ length: 5 }, () => ({ class: "unreachable" as const, response: "down" })),
    );
    const newsletter = await WeeklyMailer.broadcast(people(8)).weekly(7);
    await app.worker().workOff();
    expect(await newsletter.progress()).toMatchObject({ pending: 8, deferred: 0, failed: 0 });
    expect(await app.store.find({})).toMatchObject([{ state: "ready", attempts: 0 }]);
    expect(transport.sent).toHaveLength(0);
  });

  it("is paused, resumed and cancelled", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const newsletter = await WeeklyMailer.broadcast(people(6), { chunkSize: 2 }).weekly(7);
    await newsletter.pause();
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(0);
    expect(await newsletter.progress()).toMatchObject({ state: "paused", pending: 6 });
    await newsletter.resume();
    await app.worker().workOff(1);
    expect(transport.sent).toHaveLength(2);
    await newsletter.cancel();
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(2);
    expect(await newsletter.progress()).toMatchObject({
      state: "cancelled",
      sent: 2,
      pending: 0,
      cancelled: 4,
    });
    await newsletter.resume();
    expect((await newsletter.progress()).state).toBe("cancelled");
  });

  it("stops within a second when it is cancelled while a chunk is sent", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const { promise: cancelled, resolve: goOn } = promised();
    const send = transport.send.bind(transport);
    transport.send = async (mail, options) => {
      if (transport.sent.length > 10) await cancelled;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return send(mail, options);
    };
    const newsletter = await WeeklyMailer.broadcast(people(2_000), { chunkSize: 2_000 }).weekly(7);
    const worker = app.worker();
    const running = worker.run();
    await eventually("some are sent", () => transport.sent.length > 10);
    await newsletter.cancel();
    goOn();
    await eventually("the chunk ends", () => worker.running === 0);
    worker.stop();
    await running;
    const progress = await newsletter.progress();
    expect(progress.state).toBe("cancelled");
    expect(progress.sent).toBe(transport.sent.length);
    expect(progress.cancelled).toBeGreaterThan(1_000);
  });

  it("is planned once under one key, and found by it", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const first = await WeeklyMailer.broadcast(people(3), { key: "weekly-7" }).weekly(7);
    const second = await WeeklyMailer.broadcast(people(3), { key: "weekly-7" }).weekly(7);
    expect(second.id).toBe(first.id);
    expect((await app.newsletters.find("weekly-7"))?.id).toBe(first.id);
    expect(await app.newsletters.list()).toHaveLength(1);
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(3);
  });

  it("refuses a key that belongs to another call", async () => {
    await startApp(TEMPLATES);
    await WeeklyMailer.broadcast(people(1), { key: "weekly" }).weekly(7);
    const other = WeeklyMailer.broadcast(people(1), { key: "weekly" }).weekly(8);
    await expect(other).rejects.toThrow(
      'the key "weekly" belongs to a send-out of WeeklyMailer.weekly with other arguments',
    );
  });

  it("plans under one key whoever was added since it was finished, and sends to them alone", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const finished: number[] = [];
    app.events.on("newsletter.finished", ({ progress }) => finished.push(progress.sent));
    await WeeklyMailer.broadcast(people(3), { key: "weekly" }).weekly(7);
    await app.worker().workOff();
    const again = await WeeklyMailer.broadcast(people(5), { key: "weekly" }).weekly(7);
    expect(await again.progress()).toMatchObject({ state: "running", recipients: 5, sent: 3, pending: 2 });
    await app.worker().workOff();
    expect(transport.sent.map(({ recipients }) => recipients[0]).toSorted()).toEqual(
      people(5).map(({ email }) => email),
    );
    expect(finished).toEqual([3, 5]);
    await WeeklyMailer.broadcast(people(5), { key: "weekly" }).weekly(7);
    expect(await again.progress()).toMatchObject({ state: "finished", sent: 5, chunks: 2 });
  });

  it("waits for another that plans its key, and then plans who is left", async () => {
    const { app } = await startApp(TEMPLATES);
    const { promise: released, resolve: release } = promised();
    const { promise: reading, resolve: isReading } = promised();
    async function* slow() {
      yield* people(2);
      isReading();
      await released;
      yield* people(4);
    }
    const first = WeeklyMailer.broadcast(slow(), { key: "weekly" }).weekly(7);
    await reading;
    let isOver = false;
    const second = WeeklyMailer.broadcast(people(6), { key: "weekly" })
      .weekly(7)
      .finally(() => (isOver = true));
    const other = WeeklyMailer.broadcast(people(6), { key: "weekly" }).weekly(8);
    await expect(other).rejects.toThrow("with other arguments");
    expect(isOver).toBe(false);
    release();
    expect(await (await first).progress()).toMatchObject({ planned: true });
    expect(await (await second).progress()).toMatchObject({ planned: true, recipients: 6 });
    expect(await app.newsletters.list()).toHaveLength(1);
  });

  it("gives up waiting for a planner that goes on and on, and says since when", async () => {
    const { ledger, begin } = await ownBroadcasts(100);
    const request = { ...WEEKLY, options: { key: "k" } };
    await begin({ ...request, audience: [] });
    await ledger.begin((await ledger.find("k")) as NewNewsletter, { token: "other", leaseMs: 600_000 });
    const error: unknown = await begin({ ...request, audience: people(1) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(BeingPlannedError);
    expect(error).toMatchObject({ key: "k", since: expect.any(Date) });
    expect(String(error)).toMatch(
      /"k" is being planned by another process since 20\d\d-.* with the same key/,
    );
  });

  it("takes over from a planner that is dead as soon as its lease has run out", async () => {
    const { ledger, begin } = await ownBroadcasts(100);
    const request = { ...WEEKLY, options: { key: "k" } };
    await begin({ ...request, audience: [] });
    await ledger.begin((await ledger.find("k")) as NewNewsletter, { token: "dead", leaseMs: 400 });
    const newsletter = await begin({ ...request, audience: people(3) });
    expect(await newsletter.progress()).toMatchObject({ planned: true, recipients: 3 });
  });

  it("does not keep a key from others because a call with other arguments was refused", async () => {
    const { ledger, begin } = await ownBroadcasts(600_000);
    await begin({ ...WEEKLY, options: { key: "k" }, audience: people(1) });
    const other = begin({ ...WEEKLY, args: [8], options: { key: "k" }, audience: people(1) });
    await expect(other).rejects.toThrow("with other arguments");
    const record = (await ledger.find("k")) as NewNewsletter;
    expect((await ledger.begin(record, { token: "next", leaseMs: 1 })).turn).toBe("mine");
  });

  it("is refused under a key that was cancelled", async () => {
    await startApp(TEMPLATES);
    const newsletter = await WeeklyMailer.broadcast(people(1), { key: "weekly" }).weekly(7);
    await newsletter.cancel();
    const again = WeeklyMailer.broadcast(people(1), { key: "weekly" }).weekly(7);
    await expect(again).rejects.toMatchObject({ code: "PLANNING", reason: "cancelled", key: "weekly" });
  });

  it.each([
    ["a text", "ann@x.test", "is a text"],
    ["a promise", Promise.resolve([]), "is a promise; await it"],
    ["nothing", undefined, "cannot be iterated"],
    ["an object", { email: "ann@x.test" }, "cannot be iterated"],
  ])("refuses %s as an audience, and stores nothing", async (_, audience, problem) => {
    const { app } = await startApp(TEMPLATES);
    const newsletter = WeeklyMailer.broadcast(audience as unknown as Person[]).weekly(7);
    await expect(newsletter).rejects.toThrow(InvalidOptionsError);
    await expect(newsletter).rejects.toThrow(problem);
    expect(await app.newsletters.list()).toEqual([]);
  });

  it.each([
    ["generator", () => people(3).values()],
    ["stream", () => Readable.from(people(3))],
  ])("refuses a %s that was read before, because it has nothing left", async (_, audience) => {
    await startApp(TEMPLATES);
    const rows = audience();
    await WeeklyMailer.broadcast(rows).weekly(7);
    await expect(WeeklyMailer.broadcast(rows).weekly(7)).rejects.toThrow("was read before");
    const list = people(3);
    await WeeklyMailer.broadcast(list).weekly(7);
    expect(await (await WeeklyMailer.broadcast(list).weekly(7)).progress()).toMatchObject({ recipients: 3 });
  });

  it("goes on at once when it is resumed while its chunk still stops for the pause", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const { promise: stopped, resolve: stop } = promised();
    const { promise: resumed, resolve: resume } = promised();
    const send = transport.send.bind(transport);
    transport.send = async (mail, options) => {
      options?.signal?.addEventListener("abort", stop);
      await resumed;
      return send(mail, options);
    };
    const newsletter = await WeeklyMailer.broadcast(people(300)).weekly(7);
    const worker = app.worker();
    const running = worker.run();
    await eventually("it is being sent", async () => worker.running > 0);
    await newsletter.pause();
    await stopped;
    await newsletter.resume();
    resume();
    await eventually("it is finished", async () => (await newsletter.progress()).state === "finished");
    worker.stop();
    await running;
    expect(new Set(transport.sent.map(({ recipients }) => recipients[0])).size).toBe(300);
  });

  it.each([[{ chunkSize: 0 }], [{ key: "" }], [{ identify: "email" }], [{ chunks: 5 }]])(
    "refuses options that make no sense: %j",
    async (options) => {
      await startApp(TEMPLATES);
      const newsletter = WeeklyMailer.broadcast(people(1), options as object).weekly(7);
      await expect(newsletter).rejects.toThrow(InvalidOptionsError);
    },
  );

  it("ends at once when there is nobody to write to", async () => {
    await startApp(TEMPLATES);
    const newsletter = await WeeklyMailer.broadcast([] as Person[]).weekly(7);
    expect(await newsletter.progress()).toMatchObject({ state: "finished", recipients: 0 });
  });
});

const WEEKLY = { handler: "WeeklyMailer", action: "weekly", args: [7], params: {} };

/** Newsletters on a store of their own, planned with another lease than usual. */
async function ownBroadcasts(plannerLeaseMs: number) {
  const { app } = await startApp(TEMPLATES);
  const database = await openDatabase(":memory:");
  const ledger = new SqliteNewsletterStore(database);
  const jobs = new SqliteJobStore(database);
  const newsletters = new Newsletters({
    jobs,
    ledger,
    registry,
    events: app.events,
    messageIdDomain: "x.test",
    plannerLeaseMs,
  });
  return { ledger, begin: (request: NewsletterRequest) => newsletters.begin(request) };
}

function promised() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}
