import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Batch, batch } from "../../src/jobs/batch.ts";
import { Job } from "../../src/jobs/job.ts";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney } from "./journey.ts";

/** The end of a batch, step by step; the last job's own ending is in the store before the first of them. */
const STEPS = ["decide", "startParked", "releaseDone", "end"];

describeJourney("a worker that is killed between the last job and the callback", (start) => {
  it.each(STEPS)("right before %s: another performs each callback, once", async (step) => {
    const { smtp, startWorker, startDyingWorker } = await start();
    const welcome = (name: string) => JourneyMailer.welcome(`${name.toLowerCase()}@example.com`, name);
    await batch("import", ["Ann", "Bob", "Cy"].map(welcome), {
      onComplete: welcome("Complete"),
      onSuccess: welcome("Success"),
    });
    // Killed by a signal, it has no exit code.
    expect(await startDyingWorker(step).ended).toBeNull();
    const before = await subjects();
    expect(before.filter((name) => /Ann|Bob|Cy/.test(name))).toHaveLength(3);
    const worker = startWorker();
    const found = await Batch.find("import");
    await eventually(
      "the batch ended, and all is sent",
      async () => (await Job.ready().count()) === 0 && smtp.messages.length === 5,
    );
    expect(await found?.progress()).toMatchObject({ done: 3, failed: 0, pending: 0, state: "succeeded" });
    // A second callback would be on its way by now.
    await sleep(500);
    expect(await worker.end("SIGTERM")).toBe(0);
    expect(await subjects()).toEqual(
      ["Ann", "Bob", "Complete", "Cy", "Success"].map((name) => `Welcome, ${name}`),
    );

    async function subjects(): Promise<readonly string[]> {
      return smtp.messages.map(({ raw }) => /^Subject: (.*?)\r?$/m.exec(String(raw))?.[1] ?? "").sort();
    }
  });
});
