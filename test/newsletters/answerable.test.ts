import { expect, it } from "vitest";
import { Newsletter } from "../../src/jobs/newsletter.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { startApp } from "../support/app.ts";

class DigestActions extends Mailer {
  digest(person: { email: string }, issue: number) {
    return this.mail({ to: person.email, subject: `Digest ${issue}` });
  }
}
const DigestMailer = mailer(DigestActions, { name: "DigestMailer" });

const TEMPLATES = { "digest-mailer/digest.text.hbs": "Hello" };

const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ email: `p${String(index).padStart(2, "0")}@x.test` }));

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

it("tells what became of everybody, with the server's words, its name for the mail, and the time", async () => {
  const { app, transport } = await startApp(TEMPLATES);
  transport.script.push(
    { code: 250, response: "250 2.0.0 Ok: queued as 4dAAA" },
    { class: "rejected", code: 550, response: "550 5.1.1 no such user" },
    { code: 250, response: "250 2.0.0 Ok: queued as 4dBBB" },
  );
  const before = Date.now();
  await DigestMailer.broadcast(people(3), { key: "d1", chunkSize: 2 }).digest(1);
  const newsletter = (await Newsletter.find("d1"))!;
  expect((await listed(newsletter.outcomes())).map(({ outcome }) => outcome)).toEqual([
    ...["pending", "pending", "pending"],
  ]);
  await app.worker().workOff();
  const found = await listed(newsletter.outcomes());
  expect(found.map(({ recipient }) => recipient)).toEqual(["p00@x.test", "p01@x.test", "p02@x.test"]);
  expect(
    found
      .map(({ queueId }) => queueId)
      .filter(Boolean)
      .toSorted(),
  ).toEqual(["4dAAA", "4dBBB"]);
  for (const { at } of found) expect(at!.getTime()).toBeGreaterThanOrEqual(before);
  const rejected = await listed(newsletter.outcomes({ outcome: ["rejected", "failed"] }));
  expect(rejected).toMatchObject([{ outcome: "rejected", code: 550, response: "550 5.1.1 no such user" }]);
  expect(await newsletter.outcomeOf(` ${rejected[0]!.recipient.toUpperCase()}`)).toEqual(rejected[0]);
  expect(await newsletter.outcomeOf("nobody@x.test")).toBeUndefined();
  expect(() => newsletter.outcomes({ outcome: ["lost" as "failed"] })).toThrow(/outcome/);
});

it("finds a recipient by whatever identify gave for him", async () => {
  await startApp(TEMPLATES);
  const rows = [{ email: "a@x.test", id: "Customer 7" }];
  const newsletter = await DigestMailer.broadcast(rows, {
    identify: ({ email }) => `Customer ${email}`,
  }).digest(1);
  expect(await newsletter.outcomeOf("Customer a@x.test")).toMatchObject({ outcome: "pending", response: "" });
});

it("counts those of a cancelled newsletter who got nothing as cancelled", async () => {
  const { app } = await startApp(TEMPLATES);
  const newsletter = await DigestMailer.broadcast(people(2)).digest(1);
  await newsletter.cancel();
  await app.worker().workOff();
  const outcomes = await listed(newsletter.outcomes());
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["cancelled", "cancelled"]);
  expect((await newsletter.progress()).finishedAt).toEqual(expect.any(Date));
});

it("tells rate and what the rest waits for: a free worker, then another try of who was deferred", async () => {
  const { app, transport } = await startApp(TEMPLATES);
  transport.script.push({}, {}, {}, { class: "deferred", code: 450, response: "450 busy" });
  const newsletter = await DigestMailer.broadcast(people(4), { chunkSize: 2 }).digest(1);
  expect(await newsletter.progress()).toMatchObject({
    rate: 0,
    waiting: [{ reason: "a free worker", chunks: 2 }],
  });
  await app.worker().workOff();
  const { rate, eta, waiting, sent } = await newsletter.progress();
  expect(sent).toBe(3);
  expect(rate).toBeGreaterThan(0);
  expect(eta!.getTime()).toBeGreaterThan(Date.now());
  expect(waiting).toMatchObject([
    { reason: "recipients that were deferred are to be tried again", chunks: 1, until: expect.any(Date) },
  ]);
  await newsletter.pause();
  expect(await newsletter.progress()).toMatchObject({
    rate: 0,
    waiting: [{ reason: "it is paused" }],
  });
});

it("sends again to those of an outcome alone, never to who has the mail, nor to unknown ones unless asked", async () => {
  const { app, transport } = await startApp(TEMPLATES, { onUnknownOutcome: "hold" });
  transport.script.push({}, { class: "unknown", response: "the line broke" });
  const newsletter = await DigestMailer.broadcast(people(2)).digest(1);
  await app.worker().workOff();
  const first = transport.sent.length;
  expect(await newsletter.retry({ outcomes: ["failed"] })).toBe(0);
  await app.worker().workOff();
  expect(transport.sent).toHaveLength(first);
  expect(await newsletter.retry({ outcomes: ["unknown"] })).toBe(1);
  await app.worker().workOff();
  expect(transport.sent).toHaveLength(first + 1);
  expect(await newsletter.progress()).toMatchObject({ sent: 2, unknown: 0, state: "finished" });
});

it("is deleted when it has ended, with its jobs, and its key is free again", async () => {
  const { app, transport } = await startApp(TEMPLATES);
  const newsletter = await DigestMailer.broadcast(people(2), { key: "d2" }).digest(1);
  await expect(newsletter.delete()).rejects.toThrow(/has not ended; cancel it/);
  await app.worker().workOff();
  await newsletter.delete();
  expect(await Newsletter.find("d2")).toBeUndefined();
  await expect(newsletter.progress()).rejects.toThrow(/not in the store any more/);
  await DigestMailer.broadcast(people(2), { key: "d2" }).digest(1);
  await app.worker().workOff();
  expect(transport.sent).toHaveLength(4);
});

it("is forgotten by the workers when it ended longer ago than newsletters are to be kept", async () => {
  const { app } = await startApp(TEMPLATES, { newsletterRetention: 1 });
  await DigestMailer.broadcast(people(1), { key: "old" }).digest(1);
  await DigestMailer.broadcast(people(1), { key: "waits", queue: "nobody" }).digest(1);
  await app.worker({ queues: ["newsletters"] }).workOff();
  const worker = app.worker({ queues: ["newsletters"] });
  await expect.poll(async () => (await Newsletter.find("old"))?.key).toBe("old");
  const stopped = worker.run();
  await expect.poll(() => Newsletter.find("old")).toBeUndefined();
  worker.stop();
  await stopped;
  expect(await Newsletter.find("waits")).toBeDefined();
});
