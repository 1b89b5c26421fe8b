import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney } from "./journey.ts";
import { CONNECTIONS, expectTrueOutcomes, finished, people } from "./true-outcomes.ts";

describeJourney("a newsletter whose mail server", (start) => {
  it("is down at the start goes out when it is there, though nobody stores another mail", async () => {
    const journey = await start();
    const { smtp, startWorker } = journey;
    await smtp.kill();
    const newsletter = await JourneyMailer.broadcast(people(100), { chunkSize: 50 }).news(1);
    const worker = startWorker();
    await eventually("it was noticed", () => worker.output().includes("transport.changed"));
    // Longer than the first rest, so that the first to try again meets nobody either.
    await sleep(3_000);
    await smtp.restart();
    await finished(newsletter);
    expect(await expectTrueOutcomes(journey, newsletter)).toBe(0);
  });

  // How long it is down is the fault itself. A minute of it is for `npm run stress`.
  it.each([1_000, 10_000])("is down for %i ms in the middle goes on when it is back", async (ms) => {
    const journey = await start({ delayMs: 5, holdsAfter: 100 });
    const { smtp, startWorker } = journey;
    const newsletter = await JourneyMailer.broadcast(people(400), { chunkSize: 100 }).news(1);
    startWorker();
    await eventually("a quarter is sent", () => smtp.messages.length === 100);
    await smtp.kill();
    smtp.release();
    await sleep(ms);
    await smtp.restart();
    await finished(newsletter);
    expect(await expectTrueOutcomes(journey, newsletter)).toBeLessThanOrEqual(CONNECTIONS);
  });

  it("closes its connections again and again goes on with others", async () => {
    const journey = await start({ delayMs: 5, holdsAfter: 50 });
    const { smtp, startWorker } = journey;
    const newsletter = await JourneyMailer.broadcast(people(400), { chunkSize: 100 }).news(1);
    startWorker();
    for (const sent of [50, 150, 250]) {
      await eventually(`${sent} are sent`, () => smtp.messages.length >= sent);
      smtp.hangUp();
      // Those that were to take their place are closed before they are greeted.
      await eventually("it is connected to again", () => smtp.connections() > 0);
      smtp.hangUp();
      smtp.release(sent < 250 ? 100 : undefined);
    }
    await finished(newsletter);
    expect(await expectTrueOutcomes(journey, newsletter)).toBeLessThanOrEqual(6 * CONNECTIONS);
  });

  it("answers 421 to more than three connections goes out over three", async () => {
    const journey = await start({ delayMs: 5, server: { maxClients: 3 } });
    const { smtp, startWorker } = journey;
    const newsletter = await JourneyMailer.broadcast(people(300), { chunkSize: 100 }).news(1);
    startWorker();
    await finished(newsletter);
    expect(await expectTrueOutcomes(journey, newsletter)).toBe(0);
    expect(smtp.messages).toHaveLength(300);
  });
});
