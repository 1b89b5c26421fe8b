import { expect, it } from "vitest";
import { Job, type Newsletter } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeSqliteJourney, type Journey } from "./journey.ts";

const PEOPLE = 300;

function* people() {
  for (let index = 0; index < PEOPLE; index++)
    yield { email: `u${index}@example.com`, name: `Reader ${index}` };
}

function startNewsletter(): Promise<Newsletter> {
  return JourneyMailer.broadcast(people(), { key: "n", chunkSize: 100 }).news(1);
}

/** Nobody is left, and everybody has it; `uncertain` of them only perhaps, because a line broke after their final dot. */
async function expectEverybodySent(newsletter: Newsletter, { smtp }: Journey, uncertain = 0): Promise<void> {
  await eventually(
    "the newsletter is finished",
    async () => (await newsletter.progress()).state === "finished" && (await Job.all().count()) === 0,
  );
  const { sent, unknown } = await newsletter.progress();
  expect(sent + unknown).toBe(PEOPLE);
  expect(unknown).toBeLessThanOrEqual(uncertain);
  const readers = new Set(smtp.messages.map(({ envelope }) => envelope.to[0]));
  expect(readers.size).toBeGreaterThanOrEqual(sent);
}

const stopped = (worker: ReturnType<Journey["startWorker"]>) =>
  worker.events().some(({ event, open }) => event === "transport.changed" && open === true);

describeSqliteJourney("a newsletter, when its mail server", (start) => {
  it("is down at the start, begins when it is up", async () => {
    const journey = await start();
    await journey.smtp.close();
    const newsletter = await startNewsletter();
    const worker = journey.startWorker();
    await eventually("the worker knows", () => stopped(worker));
    await journey.smtp.restart();
    await expectEverybodySent(newsletter, journey);
  });

  it("goes away in the middle, goes on when it is back", async () => {
    const journey = await start({ holdsAfter: 50 });
    const newsletter = await startNewsletter();
    const worker = journey.startWorker();
    await eventually("it is under way", () => journey.smtp.messages.length === 50);
    await journey.smtp.close();
    journey.smtp.release();
    await eventually("the worker knows", () => stopped(worker));
    await journey.smtp.restart();
    await expectEverybodySent(newsletter, journey, 5);
  });

  it("closes connections in the middle, goes on over others", async () => {
    let mails = 0;
    const closed = new Set([60, 61, 62, 63]);
    const journey = await start({ dropAtMail: () => closed.has(++mails) });
    const newsletter = await startNewsletter();
    journey.startWorker();
    await expectEverybodySent(newsletter, journey);
  });

  it("allows three connections where five are asked for, goes on over three", async () => {
    const journey = await start({ server: { disabledCommands: ["AUTH", "STARTTLS"], maxClients: 3 } });
    const newsletter = await startNewsletter();
    const worker = journey.startWorker();
    await expectEverybodySent(newsletter, journey);
    const limited = worker.events().filter(({ event }) => event === "transport.limited");
    expect(limited.length).toBeLessThanOrEqual(1);
  });

  it("takes so many mails a second, finds the pace", async () => {
    const taken: number[] = [];
    const onMail = () => {
      const now = performance.now();
      const isFull = taken.filter((at) => at > now - 1_000).length >= 100;
      if (!isFull) taken.push(now);
      return isFull ? { code: 454, message: "4.7.0 Maximum sending rate exceeded" } : undefined;
    };
    const journey = await start({ onMail });
    const newsletter = await startNewsletter();
    const worker = journey.startWorker();
    await expectEverybodySent(newsletter, journey);
    expect(journey.smtp.messages).toHaveLength(PEOPLE);
    const paced = worker.events().filter(({ event }) => event === "transport.paced");
    expect(paced.length).toBeLessThanOrEqual(1);
  });
});
