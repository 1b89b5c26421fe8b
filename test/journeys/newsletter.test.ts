import { expect, it } from "vitest";
import { Job, type Newsletter, type NewsletterFailure } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney, freeWhatItHeld } from "./journey.ts";

function* people(count: number) {
  for (let index = 0; index < count; index++)
    yield { email: `u${index}@example.com`, name: `Reader ${index}` };
}

const finished = (newsletter: Newsletter) =>
  eventually(
    "the newsletter is finished",
    async () => (await newsletter.progress()).state === "finished" && (await Job.all().count()) === 0,
  );

describeJourney("a newsletter", (start) => {
  it("reaches everybody; a bad address costs only itself", async () => {
    const onRcpt = (address: string) =>
      address === "u7@example.com" ? { code: 550, message: "5.1.1 gone" } : undefined;
    const { smtp, startWorker } = await start({ onRcpt });
    const audience = [
      ...people(50),
      { email: "no address", name: "x" },
      { email: "U3@example.com", name: "again" },
    ];
    const newsletter = await JourneyMailer.broadcast(audience, { key: "n1", chunkSize: 20 }).news(42);
    startWorker();
    await finished(newsletter);
    expect(smtp.messages).toHaveLength(49);
    const { recipients, sent, rejected, duplicates, refused, chunks } = await newsletter.progress();
    expect({ recipients, sent, rejected, duplicates, refused, chunks }).toEqual({
      recipients: 50,
      sent: 49,
      rejected: 1,
      duplicates: 1,
      refused: 1,
      chunks: 3,
    });
    const failures: NewsletterFailure[] = [];
    for await (const failure of newsletter.failures()) failures.push(failure);
    expect(failures).toMatchObject([
      { recipient: "row 51", outcome: "refused" },
      { recipient: "u7@example.com", outcome: "rejected", code: 550 },
    ]);
  });

  it("whose worker is killed midway skips nobody, and repeats at most what was not recorded yet", async () => {
    const { app, smtp, startWorker } = await start({ delayMs: 2, holdsAfter: 200 });
    const newsletter = await JourneyMailer.broadcast(people(600), { key: "n2", chunkSize: 200 }).news(1);
    const first = startWorker(["--concurrency", "3"]);
    await eventually("a third is sent", () => smtp.messages.length === 200);
    await first.end("SIGKILL");
    smtp.release();
    await freeWhatItHeld(app);
    startWorker();
    await finished(newsletter);
    const { recipients, sent, pending, deferred } = await newsletter.progress();
    expect({ recipients, sent, pending, deferred }).toEqual({
      recipients: 600,
      sent: 600,
      pending: 0,
      deferred: 0,
    });
    const readers = new Set(smtp.messages.map(({ envelope }) => envelope.to[0]));
    expect(readers.size).toBe(600);
    const repeated = smtp.messages.length - 600;
    console.log(`killed midway: ${repeated} of 600 mails were sent twice`);
    expect(repeated).toBeLessThanOrEqual(3 * (100 + 5));
  });

  it("is planned for 10,000 people without holding them: never more than a chunk is not stored yet", async () => {
    const { app } = await start();
    let read = 0;
    let furthestAhead = 0;
    async function* audience() {
      for (const person of people(10_000)) {
        yield person;
        if (++read % 250 > 0) continue;
        const [planning] = await app.newsletters.list();
        furthestAhead = Math.max(furthestAhead, read - ((await planning?.progress())?.recipients ?? 0));
      }
    }
    const newsletter = await JourneyMailer.broadcast(audience(), { key: "n3", chunkSize: 500 }).news(1);
    expect(await newsletter.progress()).toMatchObject({
      recipients: 10_000,
      pending: 10_000,
      planned: true,
      chunks: 20,
    });
    expect(await Job.where({ queue: "newsletters" }).count()).toBe(20);
    expect(furthestAhead).toBeLessThanOrEqual(500);
  });

  it("is paused, resumed and cancelled", async () => {
    const { smtp, startWorker } = await start({ delayMs: 10, holdsAfter: 20 });
    const newsletter = await JourneyMailer.broadcast(people(400), { key: "n4", chunkSize: 100 }).news(1);
    startWorker(["--concurrency", "1"]);
    await eventually("it is under way", () => smtp.messages.length === 20);
    await newsletter.pause();
    smtp.release();
    await eventually("nothing runs any more", async () => (await Job.running().count()) === 0);
    const atPause = smtp.messages.length;
    expect(atPause).toBeLessThan(400);
    const paused = await newsletter.progress();
    expect(paused).toMatchObject({ state: "paused", sent: atPause, pending: 400 - atPause });
    smtp.release(20);
    await newsletter.resume();
    await eventually("it goes on", () => smtp.messages.length === atPause + 20);
    await newsletter.cancel();
    smtp.release();
    await eventually("nothing is left to do", async () => (await Job.all().count()) === 0);
    const { state, sent, cancelled } = await newsletter.progress();
    expect({ state, all: sent + cancelled }).toEqual({ state: "cancelled", all: 400 });
    expect(sent).toBe(smtp.messages.length);
    expect(cancelled).toBeGreaterThan(0);
  });
});
