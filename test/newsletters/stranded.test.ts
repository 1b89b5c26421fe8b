import { describe, expect, it } from "vitest";
import { registry } from "../../src/jobs/handler.ts";
import type { Newsletter } from "../../src/jobs/newsletter.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { Caretaker } from "../../src/newsletters/caretaker.ts";
import { startApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";

interface Person {
  email: string;
  name?: string;
}

const broken = { isBroken: false };

class StrandedActions extends Mailer {
  weekly(person: Person) {
    const template = broken.isBroken ? {} : { template: "stranded-mailer/good" };
    return this.mail({ to: person.email, subject: "Hi", locals: { ...person }, ...template });
  }
}

const StrandedMailer = mailer(StrandedActions, { name: "StrandedMailer" });

const TEMPLATES = {
  "stranded-mailer/good.text.hbs": "Hello {{name}}",
  "stranded-mailer/weekly.text.hbs": "Hello {{#if",
};

const people = (count: number): Person[] =>
  Array.from({ length: count }, (_, index) => ({ email: `p${index}@x.test`, name: "Ann" }));

async function failuresOf(newsletter: Newsletter) {
  const failures = [];
  for await (const failure of newsletter.failures()) failures.push(failure);
  return failures;
}

async function setup(settings = {}) {
  broken.isBroken = false;
  const { app, transport } = await startApp(TEMPLATES, settings);
  const caretaker = new Caretaker({ ...app.stores, events: app.events });
  return { app, transport, caretaker };
}

describe("a chunk whose job is given up (row 1.3)", () => {
  it("ends with an outcome and the reason for each of its recipients, and the newsletter with it", async () => {
    const { app, transport } = await setup();
    broken.isBroken = true;
    const newsletter = await StrandedMailer.broadcast(people(4)).weekly();
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(0);
    expect(await newsletter.progress()).toMatchObject({ state: "finished", failed: 4, pending: 0 });
    expect((await failuresOf(newsletter))[0]).toMatchObject({
      recipient: "p0@x.test",
      outcome: "failed",
      response: expect.stringContaining("weekly.text.hbs:1"),
    });
    expect(await app.store.find({})).toMatchObject([{ state: "failed", failReason: "template" }]);
  });

  it("is tried again by newsletter retry, with its own job and once", async () => {
    const { app, transport } = await setup();
    broken.isBroken = true;
    const newsletter = await StrandedMailer.broadcast(people(4), { chunkSize: 2 }).weekly();
    await app.worker().workOff();
    broken.isBroken = false;
    expect(await newsletter.retry()).toBe(4);
    expect(await newsletter.retry()).toBe(0);
    expect(await newsletter.progress()).toMatchObject({ state: "running", pending: 4, failed: 0 });
    expect(await app.store.count({})).toBe(2);
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(4);
    expect(await newsletter.progress()).toMatchObject({ state: "finished", sent: 4 });
  });

  it("is tried again by jobs retry, too", async () => {
    const { app, transport } = await setup();
    broken.isBroken = true;
    const newsletter = await StrandedMailer.broadcast(people(4)).weekly();
    await app.worker().workOff();
    broken.isBroken = false;
    expect(await app.store.retryAll({ state: "failed" })).toBe(1);
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(4);
    expect(await newsletter.progress()).toMatchObject({ state: "finished", sent: 4, failed: 0 });
  });

  it("is seen, with the way out, until a worker has given its recipients their outcome", async () => {
    const { app, caretaker } = await setup();
    const newsletter = await StrandedMailer.broadcast(people(4)).weekly();
    const [job] = await app.store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 1_000 });
    await app.store.settle([
      { id: job!.id, token: "t", kind: "fail", error: "Error: no mailer", reason: "r" },
    ]);
    expect(await newsletter.troubles()).toEqual([
      { kind: "job-failed", message: expect.stringMatching(/no mailer.*newsletter retry/) },
    ]);
    expect(await newsletter.isStuck()).toBe(true);
    expect(await app.newsletters.stranded()).toHaveLength(1);
    await caretaker.run();
    expect(await newsletter.progress()).toMatchObject({ state: "finished", failed: 4 });
    expect((await failuresOf(newsletter))[0]?.response).toBe("Error: no mailer");
    expect(await app.newsletters.stranded()).toEqual([]);
  });

  it("because its workers went away has no pending recipients (row 1.14)", async () => {
    const { app } = await setup();
    const newsletter = await StrandedMailer.broadcast(people(3)).weekly();
    for (let lost = 1; lost <= 20; lost++) {
      await app.store.claim({ workerId: "gone", token: `t${lost}`, limit: 1, leaseMs: 60_000 });
      if (lost < 20) await app.store.reap("gone");
    }
    const worker = app.worker({ sleepDelay: 10 });
    const running = worker.run();
    await worker.freeLeasesOf("gone");
    await eventually("it is finished", async () => (await newsletter.progress()).state === "finished");
    worker.stop();
    await running;
    expect(await newsletter.progress()).toMatchObject({ failed: 3, pending: 0 });
    expect((await failuresOf(newsletter))[0]?.response).toContain("went away");
  });
});

describe("a chunk without a job (row 1.3)", () => {
  it("gets one again", async () => {
    const { app, transport, caretaker } = await setup();
    const newsletter = await StrandedMailer.broadcast(people(4), { chunkSize: 2 }).weekly();
    const [job] = await app.store.find({ group: newsletter.id });
    await app.store.remove(job!.id);
    expect(await newsletter.troubles()).toEqual([
      { kind: "job-gone", message: expect.stringContaining("1 job of its chunks is gone") },
    ]);
    await Promise.all([caretaker.run(), caretaker.run()]);
    expect(await app.store.count({ group: newsletter.id })).toBe(2);
    expect(await newsletter.troubles()).toEqual([]);
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(4);
  });

  it("is seen to by every worker, at its start", async () => {
    const { app } = await setup();
    const newsletter = await StrandedMailer.broadcast(people(4)).weekly();
    await app.store.dropGroup(newsletter.id);
    const worker = app.worker({ sleepDelay: 10 });
    const running = worker.run();
    await eventually("it is finished", async () => (await newsletter.progress()).state === "finished");
    worker.stop();
    await running;
    expect(await newsletter.progress()).toMatchObject({ sent: 4 });
  });
});

it("a newsletter whose worker died between its last chunk and its end is finished", async () => {
  const { app, caretaker } = await setup();
  const finish = app.stores.ledger.finish.bind(app.stores.ledger);
  const newsletter = await StrandedMailer.broadcast(people(2)).weekly();
  app.stores.ledger.finish = async () => false;
  await app.worker().workOff();
  app.stores.ledger.finish = finish;
  expect(await newsletter.progress()).toMatchObject({ state: "running", sent: 2 });
  await caretaker.run();
  expect((await newsletter.progress()).state).toBe("finished");
});

it("a planner that is gone is seen, with the way out", async () => {
  const { app } = await setup();
  const { ledger } = app.stores;
  const newsletter = await StrandedMailer.broadcast(people(2), { key: "k" }).weekly();
  const record = (await ledger.find("k"))!;
  await ledger.begin({ ...record, id: "other", key: "other" }, { token: "p", leaseMs: -1_000 });
  const stranded = (await app.newsletters.find("other"))!;
  expect(await stranded.troubles()).toEqual([
    { kind: "planner-gone", message: expect.stringContaining("Plan it again with the same key") },
  ]);
  expect(await stranded.isStuck()).toBe(true);
  expect(await newsletter.isStuck()).toBe(false);
  expect((await app.newsletters.stranded()).map(({ key }) => key)).toEqual(["other"]);
});

it("a mailer that the worker does not know is the reason of each recipient (row 1.3)", async () => {
  const { app } = await setup();
  const newsletter = await StrandedMailer.broadcast(people(2)).weekly();
  const { find } = registry;
  registry.find = (name, action) => find.call(registry, name === "StrandedMailer" ? "Nobody" : name, action);
  await app.worker().workOff();
  registry.find = find;
  expect((await failuresOf(newsletter))[1]?.response).toMatch(/Nothing registered answers.*imported/);
  expect(await newsletter.retry()).toBe(2);
  await app.worker().workOff();
  expect(await newsletter.progress()).toMatchObject({ sent: 2, failed: 0 });
});

describe("a rehearsal (row 1.6)", () => {
  it("spends nothing: the key is free, and its mails are never sent", async () => {
    const { app, transport } = await setup({ deliveries: "off" });
    const rehearsal = await StrandedMailer.broadcast(people(2), { key: "weekly" }).weekly();
    const second = await StrandedMailer.broadcast(people(2), { key: "weekly" }).weekly();
    expect(rehearsal.key).toMatch(/^weekly \(rehearsal [0-9a-f]{8}\)$/);
    expect(second.key).not.toBe(rehearsal.key);
    await app.worker().workOff();
    expect(await rehearsal.progress()).toMatchObject({ state: "finished", rehearsed: 2, sent: 0 });
    expect(await app.newsletters.find("weekly")).toBeUndefined();
    expect(transport.sent).toHaveLength(0);
  });

  it("is none where deliveries are on, and never sent there", async () => {
    const { app, transport } = await setup();
    const newsletter = await StrandedMailer.broadcast(people(2), { key: "weekly" }).weekly();
    expect(newsletter.key).toBe("weekly");
    const record = (await app.stores.ledger.find("weekly"))!;
    await newsletter.cancel();
    const rehearsal = { ...record, id: "r", key: "r", rehearsal: true as const };
    await app.stores.ledger.begin(rehearsal, { token: "p", leaseMs: 1_000 });
    const recipients = [{ email: "a@x.test", name: "Ann" }];
    const chunk = { id: "r:000000", newsletter: "r", number: 0, recipients, identities: ["a@x.test"] };
    await app.stores.ledger.addChunk(chunk);
    const totals = { chunks: 1, recipients: 1, duplicates: 0, refused: 0, planned: true };
    await app.stores.ledger.plan("r", { token: "p", leaseMs: 1_000 }, totals);
    await new Caretaker({ ...app.stores, events: app.events }).run();
    await app.worker().workOff();
    expect(await (await app.newsletters.find("r"))?.progress()).toMatchObject({
      state: "finished",
      rehearsed: 1,
    });
    expect(transport.sent).toHaveLength(0);
  });
});
