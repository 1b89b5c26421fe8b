import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { configuration } from "../../src/app/current-app.ts";
import { configure, Mailer, mailer, schedule } from "../../src/index.ts";
import { schedules } from "../../src/schedules/schedule.ts";
import { startApp } from "../support/app.ts";
import { useCli } from "../support/cli.ts";
import { blockWith, commandsIn } from "../support/docs.ts";

const reader = z.object({ email: z.email(), name: z.string() });

class NewsActions extends Mailer {
  weekly({ email }: z.infer<typeof reader>, issueId: number) {
    return this.mail({ to: email, subject: `Issue ${issueId}`, template: "weekly" });
  }
}
const NewsMailer = mailer(NewsActions, { name: "NewsMailer", args: { weekly: z.tuple([reader, z.int()]) } });

const subscribers = [
  { email: "ann@example.com", name: "Ann" },
  { email: "bob@example.com", name: "Bob" },
  { email: "ann@example.com", name: "Ann again" },
  { email: "nowhere", name: "Nobody" },
];
const issueId = 42;

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

it("the newsletter in docs/newsletters.md is planned, paused, resumed, told of and cancelled", async () => {
  const { app, transport } = await startApp({ "weekly.text.hbs": "News" });
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  transport.script.push({}, { class: "rejected", response: "550 no" });
  const newsletter = await NewsMailer.broadcast(subscribers, { key: "weekly-42" }).weekly(issueId);
  await app.worker().workOff();
  const progress = await newsletter.progress();
  // { state: "running", planned: true, chunks: 4, recipients: 1997, sent: 1500, pending: 497, ... , duplicates: 1, refused: 2 }
  for await (const { recipient, outcome, response } of newsletter.failures())
    console.log(recipient, outcome, response);
  expect(progress).toMatchObject({
    planned: true,
    recipients: 2,
    sent: 1,
    rejected: 1,
    duplicates: 1,
    refused: 1,
  });
  const told = log.mock.calls.map(([recipient, outcome]) => `${outcome} ${recipient}`);
  log.mockRestore();
  // Whose mail goes out first is nobody's promise.
  expect(told).toContainEqual(expect.stringMatching(/^rejected (?:ann|bob)@example\.com$/));
});

it("what became of one and of some is asked as docs/newsletters.md shows", async () => {
  const { app, transport } = await startApp({ "weekly.text.hbs": "News" });
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  transport.script.push({ code: 250, response: "250 2.0.0 Ok: queued as 4dXyZ" }, { class: "rejected" });
  const newsletter = await NewsMailer.broadcast(subscribers).weekly(issueId);
  await app.worker().workOff();
  await newsletter.outcomeOf("ann@example.com");
  // { recipient: "ann@example.com", outcome: "sent", code: 250, response: "250 2.0.0 Ok: queued as 4dXyZ", queueId: "4dXyZ", at: 2026-12-01T08:00:04.123Z }
  for await (const { recipient, outcome } of newsletter.outcomes({ outcome: ["failed", "unknown"] }))
    console.log(recipient, outcome);
  expect(log).not.toHaveBeenCalled();
  log.mockRestore();
  const [sent] = await listed(newsletter.outcomes({ outcome: ["sent"] }));
  expect(sent).toMatchObject({ outcome: "sent", code: 250, queueId: "4dXyZ", at: expect.any(Date) });
  expect(await newsletter.outcomeOf(sent!.recipient)).toEqual(sent);
});

it("a send-out obeys what docs/newsletters.md tells it", async () => {
  await startApp({ "weekly.text.hbs": "News" });
  const newsletter = await NewsMailer.broadcast(subscribers).weekly(issueId);
  await newsletter.pause();
  await newsletter.resume();
  await newsletter.cancel(); // for good
  expect(await newsletter.progress()).toMatchObject({ state: "cancelled", sent: 0 });
});

it("recipients who did not get it are tried again as docs/newsletters.md shows", async () => {
  const { app, transport } = await startApp({ "weekly.text.hbs": "News" });
  transport.script.push({}, { class: "rejected", response: "550 no" });
  const newsletter = await NewsMailer.broadcast(subscribers).weekly(issueId);
  await app.worker().workOff();
  const recipients = await newsletter.retry(); // those that failed
  await newsletter.retry({ outcomes: ["unknown", "rejected"] });
  expect(recipients).toBe(0);
  await app.worker().workOff();
  expect(await newsletter.progress()).toMatchObject({ state: "finished", sent: 2, rejected: 0 });
});

it("a rehearsal is told of as docs/newsletters.md shows", async () => {
  const { transport } = await startApp({ "weekly.text.hbs": "News" });
  const options = { key: "weekly-42", rehearse: true };
  const rehearsal = await NewsMailer.broadcast(subscribers, options).weekly(issueId);
  const { wouldGet, wouldNot, largest, slowest } = (await rehearsal.rehearsal()) ?? {};
  expect(wouldGet).toBe(2);
  expect(wouldNot).toMatchObject([{ outcome: "refused", count: 1 }]);
  expect(largest?.bytes).toBeGreaterThan(100);
  expect(slowest?.ms).toBeGreaterThan(0);
  expect(transport.sent).toEqual([]);
});

it("a newsletter comes in time as docs/newsletters.md shows", async () => {
  const { app } = await startApp({ "weekly.text.hbs": "News" });
  const subscribers = [{ email: "ann@example.com", name: "Ann", zone: "Asia/Tokyo" }];
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-30T12:00:00Z") });
  await NewsMailer.broadcast(subscribers, {
    key: "weekly-43",
    at: "2026-12-01T09:00", // by the clocks where each of them is: it arrives at 9:00 everywhere
    stopBy: "2026-12-01T20:00", // whoever has not got it by then is `expired`
    windows: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:00" }],
    timeZone: "Europe/Berlin", // for whom nothing else is known
    timeZoneOf: (subscriber) => subscriber.zone,
  }).weekly(issueId);
  vi.useRealTimers();
  const [job] = await app.store.find({});
  expect(job?.runAt).toEqual(new Date("2026-12-01T00:00:00Z"));
});

it("the schedule in docs/newsletters.md plans a newsletter of its own for each time, once", async () => {
  const { app } = await startApp({ "weekly.text.hbs": "News" });
  schedule("weekly", "0 9 * * MON", { timeZone: "Europe/Berlin" }, async ({ at }) => {
    await NewsMailer.broadcast(subscribers, { key: `weekly ${at.toISOString()}` }).weekly(issueId);
  });
  const atTick = schedules().find(({ name }) => name === "weekly")!.atTick;
  const [first, second] = [new Date("2026-11-30T08:00:00Z"), new Date("2026-12-07T08:00:00Z")];
  for (const at of [first, first, second]) await atTick({ schedule: "weekly", at });
  expect((await app.newsletters.list()).map(({ key }) => key).toSorted()).toEqual([
    ...["weekly 2026-11-30T08:00:00.000Z", "weekly 2026-12-07T08:00:00.000Z"],
  ]);
});

describe("the command lines in docs/newsletters.md", () => {
  const { cli, folder } = useCli();

  it("rehearse, plan, tell of, pause, resume, report, cancel and delete", async () => {
    configure({});
    writeFileSync(join(folder(), "templates", "weekly.text.hbs"), "News");
    writeFileSync(
      join(folder(), "subscribers.csv"),
      "email,name\nann@example.com,Ann\nbob@example.com,Bob\n",
    );
    const answers = [];
    for (const [, ...words] of commandsIn(blockWith("docs/newsletters.md", "newsletter send")))
      answers.push(
        await cli(...words.map((word) => word.replace("subscribers.csv", join(folder(), "subscribers.csv")))),
      );
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(answers[0]?.out).toContain("2 would get it; nothing was sent.");
    expect(answers[2]?.out).toContain("weekly-42");
    expect(answers[5]?.out).toContain("ann@example.com: pending");
  });
});

it("a function decides about mails that may have been taken as docs/newsletters.md shows", async () => {
  const provider = { hasDelivered: async (messageId: string) => messageId === "<a@x.test>" };
  configure({
    onUnknownOutcome: async ({ messageId }) => ((await provider.hasDelivered(messageId)) ? "hold" : "resend"),
  });
  const { onUnknownOutcome: ask } = configuration();
  configure({});
  const call = { mailer: "NewsMailer", action: "weekly", args: [], params: {} };
  expect(typeof ask === "function" && (await ask({ ...call, messageId: "<a@x.test>" }))).toBe("hold");
  expect(typeof ask === "function" && (await ask({ ...call, messageId: "<b@x.test>" }))).toBe("resend");
});
