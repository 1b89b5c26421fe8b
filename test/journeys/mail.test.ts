import { simpleParser } from "mailparser";
import { expect, it } from "vitest";
import { Job } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney } from "./journey.ts";

describeJourney("a mail", (start) => {
  it("is delivered inline", async () => {
    const { smtp } = await start();
    const { messageId, accepted } = await JourneyMailer.welcome("ann@example.com", "Zoë O'Brien").deliver();
    expect(accepted).toEqual(["ann@example.com"]);
    const mail = await simpleParser(smtp.messages[0]!.raw);
    expect(mail).toMatchObject({
      messageId,
      subject: "Welcome, Zoë O'Brien",
      html: expect.stringContaining("Hello Zoë O&#x27;Brien"),
    });
    expect(mail.text).toContain("Hello Zoë O'Brien, you are welcome.");
  });

  it("goes from a call through the store and a worker process into an inbox", async () => {
    const { smtp, startWorker } = await start();
    const job = await JourneyMailer.delay().welcome("ann@example.com", "Ann");
    const worker = startWorker(["--exit-on-complete"]);
    expect(await worker.ended).toBe(0);
    expect(smtp.messages.map(({ envelope }) => envelope.to)).toEqual([["ann@example.com"]]);
    expect((await simpleParser(smtp.messages[0]!.raw)).messageId).toBe(job.record.meta.messageId);
    expect(await Job.all().count()).toBe(0);
    expect(worker.output()).not.toContain("ann@example.com");
  });

  it("is taken up by a running worker at once", async () => {
    const { smtp, startWorker } = await start();
    const worker = startWorker(["--sleep-delay", "1h"]);
    await eventually("the worker started", () => worker.output().includes("worker.started"));
    await JourneyMailer.delay().welcome("ann@example.com", "Ann");
    await eventually("the mail arrived", () => smtp.messages.length === 1);
  });

  it("is retried after a 451, as the same mail", async () => {
    let refusals = 2;
    const onData = () => (refusals-- > 0 ? { code: 451, message: "4.3.0 try again" } : undefined);
    const { smtp, startWorker } = await start({ onData });
    const job = await JourneyMailer.delay().welcome("ann@example.com", "Ann");
    const worker = startWorker();
    await eventually("the mail arrived", () => smtp.messages.length === 1);
    await eventually("the job is done", async () => (await Job.all().count()) === 0);
    expect((await simpleParser(smtp.messages[0]!.raw)).messageId).toBe(job.record.meta.messageId);
    const retries = worker.events().filter(({ event }) => event === "job.retried");
    expect(retries).toMatchObject([
      { counted: true, attempts: 1 },
      { counted: true, attempts: 2 },
    ]);
  });

  it("that the server refuses with 550 fails at once and is kept", async () => {
    const onRcpt = () => ({ code: 550, message: "5.1.1 no such user" });
    const { smtp, startWorker } = await start({ onRcpt });
    await JourneyMailer.delay().welcome("gone@example.com", "Ann");
    expect(await startWorker(["--exit-on-complete"]).ended).toBe(0);
    const job = await Job.failed().last();
    expect(job?.record).toMatchObject({ attempts: 1, failReason: "rejected", state: "failed" });
    expect(job?.lastError).toContain("550 5.1.1 no such user");
    expect(smtp.messages).toEqual([]);
  });

  it("waits for a mail server that is down, and costs no attempt", async () => {
    const { smtp, startWorker } = await start();
    await smtp.close();
    for (let index = 0; index < 5; index++)
      await JourneyMailer.delay({ maxAttempts: 1 }).welcome(`u${index}@example.com`, "Ann");
    const worker = startWorker();
    await eventually("the transport was given up for now", () =>
      worker.output().includes("transport.changed"),
    );
    await eventually("jobs are waiting", async () => (await Job.ready().count()) === 5);
    expect((await Job.all().list()).map(({ attempts }) => attempts)).toEqual([0, 0, 0, 0, 0]);
    const again = await smtp.restart();
    await eventually("all mails arrived", () => again.messages.length === 5);
    await eventually("all jobs are done", async () => (await Job.all().count()) === 0);
    expect(new Set(again.messages.map(({ envelope }) => envelope.to[0])).size).toBe(5);
  });

  it("whose mailer is unknown, or whose template wants what is not there, is kept as failed while the others go on", async () => {
    const { app, smtp, startWorker } = await start();
    const { record } = await JourneyMailer.delay().welcome("a@example.com", "Ann");
    await app.store.remove(record.id);
    await app.store.insert([{ ...record, handler: "GoneMailer" }]);
    await JourneyMailer.delay().broken("b@example.com");
    await JourneyMailer.delay().welcome("c@example.com", "Ann");
    expect(await startWorker(["--exit-on-complete"]).ended).toBe(0);
    const failed = await Job.failed().list();
    const unknown = failed.find(({ handler }) => handler === "GoneMailer");
    const broken = failed.find(({ action }) => action === "broken");
    expect(unknown?.record.failReason).toBe("unknown-action");
    expect(unknown?.lastError).toContain('answers "GoneMailer.welcome". Known: JourneyMailer');
    expect(broken?.record.failReason).toBe("template");
    for (const part of ["JourneyMailer.broken", "broken.text.hbs:2", "nobodyGaveThis"])
      expect(broken?.lastError).toContain(part);
    expect(smtp.messages.map(({ envelope }) => envelope.to[0])).toEqual(["c@example.com"]);
  });
});
