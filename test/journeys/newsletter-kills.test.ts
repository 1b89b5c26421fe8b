import { expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney } from "./journey.ts";
import { CONNECTIONS, expectTrueOutcomes, finished, people } from "./true-outcomes.ts";

/** Outcomes that a chunk's run collects before it writes them. */
const UNRECORDED = 100;

describeJourney("a newsletter", (start) => {
  it("whose workers are killed three times amid one chunk, which gets on each time, reaches everybody", async () => {
    const journey = await start({ delayMs: 10 });
    const { smtp, startWorker } = journey;
    const broadcast = await JourneyMailer.broadcast(people(300), { chunkSize: 300 }).news(1);
    const reached = () => new Set(smtp.messages.map(({ envelope }) => envelope.to[0])).size;
    const flags = ["--lease", "2"];
    let worker = startWorker(flags);
    for (const sent of [60, 120, 180]) {
      await eventually(`${sent} have it`, () => reached() >= sent);
      await worker.end("SIGKILL");
      worker = startWorker(flags);
    }
    await finished(broadcast);
    const secondCopies = await expectTrueOutcomes(journey, broadcast);
    // Those on the wire, and those whose outcomes waited to be written, for a second at the most.
    expect(secondCopies).toBeLessThanOrEqual(3 * (CONNECTIONS + UNRECORDED));
  });
});
