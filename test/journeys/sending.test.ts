import { simpleParser } from "mailparser";
import { expect, it } from "vitest";
import { Job } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney } from "./journey.ts";

describeJourney("sending", (start) => {
  it("goes by one rate in all worker processes", async () => {
    const arrivals: number[] = [];
    const onData = () => void arrivals.push(performance.now()) as undefined;
    const { smtp, startWorker } = await start({ onData });
    for (let index = 0; index < 24; index++)
      await JourneyMailer.delay().welcome(`${index}@example.com`, "Ann");
    const env = { DELAYED_MAILER_RATE: "8/1s" };
    const workers = [startWorker([], env), startWorker([], env)];
    await eventually("all mails arrived", () => smtp.messages.length === 24);
    await eventually("all jobs are done", async () => (await Job.all().count()) === 0);
    // Two workers with a rate each would need half of it.
    expect(Math.max(...arrivals) - Math.min(...arrivals)).toBeGreaterThan(1_500);
    const events = workers.flatMap((worker) => worker.events());
    expect(events.filter(({ event }) => event === "job.retried" || event === "job.lost")).toEqual([]);
  });

  it("goes to one address instead, where the environment says so", async () => {
    const { smtp, startWorker } = await start();
    await JourneyMailer.delay().welcome("ann@example.com", "Ann");
    await JourneyMailer.delay().welcome("bob@ours.example", "Bob");
    const env = {
      DELAYED_MAILER_REDIRECT_TO: "dev@example.com",
      DELAYED_MAILER_REDIRECT_ALLOW: "*@ours.example",
    };
    expect(await startWorker(["--exit-on-complete"], env).ended).toBe(0);
    const recipients = smtp.messages.map(({ envelope }) => envelope.to[0]);
    expect(recipients.toSorted()).toEqual(["bob@ours.example", "dev@example.com"]);
    const redirected = smtp.messages.find(({ envelope }) => envelope.to[0] === "dev@example.com");
    const { headers } = await simpleParser(redirected!.raw);
    expect(headers.get("x-intercepted-to")).toBe("ann@example.com");
  });

  it("stops where deliveries are off, and the job is done", async () => {
    const { smtp, startWorker } = await start();
    await JourneyMailer.delay().welcome("ann@example.com", "Ann");
    const worker = startWorker(["--exit-on-complete"], { DELAYED_MAILER_DELIVERIES: "off" });
    expect(await worker.ended).toBe(0);
    expect(smtp.messages).toEqual([]);
    expect(await Job.all().count()).toBe(0);
    const names = worker.events().map(({ event }) => event);
    expect(names).toContain("mail.stopped");
    expect(names).toContain("job.done");
  });
});
