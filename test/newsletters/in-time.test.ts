import { once } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { App } from "../../src/app/app.ts";
import type { Newsletter } from "../../src/jobs/newsletter.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { startApp } from "../support/app.ts";

interface Reader {
  email: string;
  zone?: string;
}

class MorningActions extends Mailer {
  morning(reader: Reader) {
    return this.mail({ to: reader.email, subject: "Good morning" });
  }
}
const MorningMailer = mailer(MorningActions, { name: "MorningMailer" });

const TEMPLATES = { "morning-mailer/morning.text.hbs": "Hello" };
const readers = (count: number): Reader[] =>
  Array.from({ length: count }, (_, index) => ({ email: `p${index}@x.test` }));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-30T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

async function begin() {
  const { app, transport } = await startApp(TEMPLATES);
  const sent = () => transport.sent.map(({ recipients }) => recipients[0] ?? "").toSorted();
  const workAt = async (time: string) => {
    vi.setSystemTime(new Date(time));
    await app.worker().workOff();
    return sent();
  };
  return { app, transport, sent, workAt };
}

const jobsOf = (app: App, { id }: Newsletter) => app.store.find({ group: id });

it("what is planned with start: manual is sent when it is started, and not before", async () => {
  const { app, workAt } = await begin();
  const newsletter = await MorningMailer.broadcast(readers(3), { start: "manual", chunkSize: 2 }).morning();
  expect(await workAt("2027-11-30T12:00:00Z")).toEqual([]);
  expect(await newsletter.progress()).toMatchObject({
    state: "waiting",
    planned: true,
    waiting: [{ reason: "somebody to start it", chunks: 2 }],
  });
  expect(await newsletter.troubles()).toEqual([]);
  await newsletter.start();
  await app.worker().workOff();
  expect(await newsletter.progress()).toMatchObject({ state: "finished", sent: 3 });
  await newsletter.start();
  expect((await newsletter.progress()).state).toBe("finished");
});

it("what is started while its audience is read is sent to all of it", async () => {
  const { app, transport } = await begin();
  let key = "";
  async function* slow() {
    yield* readers(2);
    const [newsletter] = await app.newsletters.list();
    key = newsletter!.key;
    await newsletter!.start();
    yield* readers(4).slice(2);
  }
  await MorningMailer.broadcast(slow(), { start: "manual", chunkSize: 1 }).morning();
  await app.worker().workOff();
  expect(key).not.toBe("");
  expect(transport.sent).toHaveLength(4);
});

it("what is planned with start: manual can be cancelled", async () => {
  const { app, sent } = await begin();
  const newsletter = await MorningMailer.broadcast(readers(1), { start: "manual" }).morning();
  await newsletter.cancel();
  await app.worker().workOff();
  expect(await newsletter.progress()).toMatchObject({ state: "cancelled", cancelled: 1 });
  expect(sent()).toEqual([]);
});

it("one newsletter arrives at 9:00 everywhere", async () => {
  const { workAt } = await begin();
  const audience = [
    { email: "tokyo@x.test", zone: "Asia/Tokyo" },
    { email: "berlin@x.test", zone: "Europe/Berlin" },
    { email: "new-york@x.test", zone: "America/New_York" },
    { email: "unknown@x.test" },
    { email: "nowhere@x.test", zone: "Middle/Earth" },
  ];
  const newsletter = await MorningMailer.broadcast(audience, {
    at: "2026-12-01T09:00",
    timeZone: "Europe/Berlin",
    timeZoneOf: ({ zone }) => zone,
  }).morning();
  expect(await newsletter.progress()).toMatchObject({ recipients: 4, chunks: 4, refused: 1 });
  const [refused] = await failuresOf(newsletter);
  expect(refused?.response).toContain('timeZoneOf gave "Middle/Earth", which is no time zone');
  expect(await workAt("2026-11-30T23:59:59Z")).toEqual([]);
  expect(await workAt("2026-12-01T00:00:00Z")).toEqual(["tokyo@x.test"]);
  expect(await workAt("2026-12-01T08:00:00Z")).toHaveLength(3);
  expect(await newsletter.progress()).toMatchObject({
    sent: 3,
    pending: 1,
    waiting: [{ reason: "its time", chunks: 1, until: new Date("2026-12-01T14:00:00Z") }],
  });
  expect(await workAt("2026-12-01T14:00:00Z")).toHaveLength(4);
  expect((await newsletter.progress()).state).toBe("finished");
});

async function failuresOf(newsletter: Newsletter) {
  const failures = [];
  for await (const failure of newsletter.failures()) failures.push(failure);
  return failures;
}

it("a window that closes stops it between mails; its chunk holds no worker, and goes on when it opens", async () => {
  const { app, transport, workAt } = await begin();
  const send = transport.send.bind(transport);
  let begun = 0;
  transport.send = async (mail, options = {}) => {
    begun += 1;
    if (begun <= 2) return send(mail, options);
    // Still in hand when the window closes, however slow the machine is.
    const { signal = AbortSignal.abort() } = options;
    if (!signal.aborted) await once(signal, "abort");
    vi.setSystemTime(new Date("2026-12-01T17:00:00Z"));
    return { class: "lost", response: "The send was aborted", accepted: [], refused: [] };
  };
  const newsletter = await MorningMailer.broadcast(readers(5), {
    windows: { from: "09:00", to: "17:00" },
  }).morning();
  await app.store.wakeGroup(newsletter.id);
  const first = await workAt("2026-12-01T16:59:59.500Z");
  expect(first.length).toBeLessThanOrEqual(2);
  const [job] = await jobsOf(app, newsletter);
  expect(job).toMatchObject({ state: "ready", attempts: 0, runAt: new Date("2026-12-02T09:00:00Z") });
  expect(job).not.toHaveProperty("lockToken");
  transport.send = send;
  expect(await workAt("2026-12-02T09:30:00Z")).toEqual(readers(5).map(({ email }) => email));
  expect(await newsletter.progress()).toMatchObject({ sent: 5, state: "finished" });
});

it("a stopBy that has passed here, and not where recipients may be, is no reason to refuse it", async () => {
  const { workAt } = await begin();
  const audience = [{ email: "ann@x.test", zone: "America/Los_Angeles" }, { email: "bob@x.test" }];
  const options = { stopBy: "2026-11-30T12:00", timeZoneOf: ({ zone }: Reader) => zone };
  const newsletter = await MorningMailer.broadcast(audience, options).morning();
  expect(await workAt("2026-11-30T12:00:01Z")).toEqual(["ann@x.test"]);
  expect(await newsletter.progress()).toMatchObject({ sent: 1, expired: 1, state: "finished" });
});

it("a closed window costs no attempt, is told of, and what was sent is not sent again", async () => {
  const { app, workAt } = await begin();
  const newsletter = await MorningMailer.broadcast(readers(2), {
    windows: [{ from: "09:00", to: "10:00" }],
  }).morning();
  await app.store.wakeGroup(newsletter.id);
  expect(await workAt("2026-12-01T08:00:00Z")).toEqual([]);
  const [job] = await jobsOf(app, newsletter);
  expect(job).toMatchObject({ state: "ready", attempts: 0, runAt: new Date("2026-12-01T09:00:00Z") });
  expect(await newsletter.progress()).toMatchObject({
    waiting: [{ reason: "its sending window is closed", chunks: 1, until: new Date("2026-12-01T09:00:00Z") }],
  });
  expect(await workAt("2026-12-01T09:30:00Z")).toHaveLength(2);
  expect((await newsletter.progress()).state).toBe("finished");
});

it("whoever is left when it is to stop is expired, also who was to be tried again, and it is finished", async () => {
  const { app, transport, workAt } = await begin();
  transport.script.push({}, { class: "deferred", response: "450 busy" });
  const newsletter = await MorningMailer.broadcast(readers(2), { stopBy: "2026-12-01T09:00" }).morning();
  await app.worker().workOff();
  expect(await newsletter.progress()).toMatchObject({ sent: 1, deferred: 1, state: "running" });
  await app.store.wakeGroup(newsletter.id);
  await workAt("2026-12-01T09:00:00Z");
  expect(await newsletter.progress()).toMatchObject({ sent: 1, expired: 1, deferred: 0, state: "finished" });
  expect(await failuresOf(newsletter)).toMatchObject([
    { outcome: "expired", response: "The newsletter was to stop before this mail was sent" },
  ]);
});

it("a worker's caretaker wakes what waits beyond the time at which it is to stop", async () => {
  const { app, sent } = await begin();
  const newsletter = await MorningMailer.broadcast(readers(1), {
    at: "2026-12-01T08:00",
    stopBy: "2026-12-01T09:00",
  }).morning();
  const [job] = await jobsOf(app, newsletter);
  expect(job?.runAt).toEqual(new Date("2026-12-01T08:00:00Z"));
  await app.store.reschedule(job!.id, new Date("2026-12-24T00:00:00Z"));
  vi.setSystemTime(new Date("2026-12-02T21:00:00Z"));
  const worker = app.worker();
  const stopped = worker.run();
  await expect.poll(async () => (await newsletter.progress()).expired).toBe(1);
  worker.stop();
  await stopped;
  expect(sent()).toEqual([]);
});

it.each([
  [{ at: "tomorrow" }, /at.*must be a Date, or a time such as/],
  [{ stopBy: "2026-11-30", at: "2026-12-01" }, /stopBy.*must be after at/],
  [{ windows: { from: "9", to: "17:00" } }, /must be a time such as "09:00"/],
  [{ windows: { from: "09:00", to: "09:00" } }, /from and to must be different/],
  [{ windows: { days: ["monday"], from: "09:00", to: "10:00" } }, /days/],
  [{ timeZone: "Middle/Earth" }, /must be a time zone such as "Europe\/Vienna"/],
  [
    { stopBy: "2026-11-30T12:00" },
    /stopBy \(2026-11-30T12:00, time zone UTC\) is in the past, so nobody would/,
  ],
  [
    { stopBy: "2026-11-30T15:00", windows: { from: "15:00", to: "17:00" } },
    /none of its windows opens before stopBy \(2026-11-30T15:00, time zone UTC\)/,
  ],
  [
    { stopBy: "2026-12-04T23:00", windows: { days: ["sat"], from: "09:00", to: "17:00" } },
    /none of its windows opens before stopBy/,
  ],
])("refuses %j, and stores nothing", async (options, problem) => {
  const { app } = await begin();
  await expect(MorningMailer.broadcast(readers(1), options as object).morning()).rejects.toThrow(problem);
  expect(await app.newsletters.list()).toEqual([]);
});
