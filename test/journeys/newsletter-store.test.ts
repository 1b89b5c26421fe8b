import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { Wire } from "../../stress/wire.ts";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeMongoJourney, describeSqliteJourney, type Journey } from "./journey.ts";
import { expectTrueOutcomes, finished, people } from "./true-outcomes.ts";

/** Takes the store away in the middle of a newsletter, for less than the lease, which is a minute here: nobody may get a second copy. */
async function sendWithoutStore(
  journey: Journey,
  env: Journey["env"],
  { away, back, ms }: { away: () => void; back: () => void; ms: number },
): Promise<void> {
  const { smtp, startWorker } = journey;
  const newsletter = await JourneyMailer.broadcast(people(600), { chunkSize: 300 }).news(1);
  const worker = startWorker(["--lease", "60"], env);
  await eventually("a fifth is sent", () => smtp.messages.length === 120);
  away();
  smtp.release();
  await sleep(ms);
  back();
  await finished(newsletter);
  expect(await expectTrueOutcomes(journey, newsletter)).toBe(0);
  expect(await worker.end("SIGTERM")).toBe(0);
}

describeSqliteJourney("a newsletter in a file", (start) => {
  it("that another process locks for 8 s goes on by the same worker, and nobody gets it twice", async () => {
    const journey = await start({ delayMs: 10, holdsAfter: 120 });
    const other = await openDatabase(journey.env.DELAYED_MAILER_SQLITE ?? "");
    onTestFinished(() => void other.close());
    // Longer than anybody waits for the file, which is 5 s.
    await sendWithoutStore(
      journey,
      {},
      {
        away: () => other.exec("BEGIN IMMEDIATE"),
        back: () => other.exec("ROLLBACK"),
        ms: 8_000,
      },
    );
  });
});

describeMongoJourney("a newsletter in a database", (start) => {
  it("that is away for 14 s goes on by the same worker, and nobody gets it twice", async () => {
    const journey = await start({ delayMs: 10, holdsAfter: 120 });
    const { MONGODB_URI: direct = "" } = journey.env;
    const wire = await Wire.start(Number(new URL(direct).port));
    onTestFinished(() => wire.close());
    // Longer than the driver looks for a server, which is 10 s.
    await sendWithoutStore(
      journey,
      { MONGODB_URI: wire.through(direct) },
      { away: () => wire.refuse(true), back: () => wire.refuse(false), ms: 14_000 },
    );
  });
});
