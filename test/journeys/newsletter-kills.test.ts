import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import type { ReceivedMail } from "../support/smtp-server.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney, freeWhatItHeld } from "./journey.ts";
import { CONNECTIONS, expectTrueOutcomes, finished, people } from "./true-outcomes.ts";

const KILLS = 3;

describeJourney("a newsletter", (start) => {
  it("whose workers are killed three times amid one chunk reaches everybody, and repeats only what was on the wire", async () => {
    const journey = await start({ delayMs: 10, holdsAfter: 60 });
    const { app, smtp, startWorker } = journey;
    const newsletter = await JourneyMailer.broadcast(people(300), { chunkSize: 300 }).news(1);
    let worker = startWorker();
    for (let kill = 1; kill <= KILLS; kill++) {
      await eventually(`it was sent ${kill * 60} times`, () => smtp.messages.length >= kill * 60);
      await worker.end("SIGKILL");
      smtp.release(kill < KILLS ? 60 : undefined);
      await freeWhatItHeld(app);
      worker = startWorker();
    }
    await finished(newsletter);
    const secondCopies = await expectTrueOutcomes(journey, newsletter);
    expect(secondCopies).toBeLessThanOrEqual(KILLS * CONNECTIONS);
    expectEqualCopies(smtp.messages);
    expect(readdirSync(journey.journal)).toEqual([]);
  });

  it("whose worker is killed when the mail server has taken a mail, and not answered, sends the same bytes again", async () => {
    let kill: () => void = () => undefined;
    const journey = await start({ onData: () => void kill() });
    const { app, smtp, startWorker } = journey;
    const newsletter = await JourneyMailer.broadcast(people(20), { chunkSize: 20 }).news(1);
    const worker = startWorker();
    kill = () => worker.signal("SIGKILL");
    await worker.ended;
    kill = () => undefined;
    await freeWhatItHeld(app);
    startWorker();
    await finished(newsletter);
    const secondCopies = await expectTrueOutcomes(journey, newsletter);
    expect(secondCopies).toBeGreaterThan(0);
    expect(secondCopies).toBeLessThanOrEqual(CONNECTIONS);
    expectEqualCopies(smtp.messages);
  });
});

/** The second copy of a mail is the first one, byte for byte. */
function expectEqualCopies(mails: readonly ReceivedMail[]): void {
  const first = new Map<string, Buffer>();
  for (const { envelope, raw } of mails) {
    const [recipient = ""] = envelope.to;
    const before = first.get(recipient);
    if (before) expect(raw.equals(before), `both copies for ${recipient}`).toBe(true);
    else first.set(recipient, raw);
  }
}
