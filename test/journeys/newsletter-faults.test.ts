import { expect, it } from "vitest";
import { Job } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney } from "./journey.ts";
import { expectTrueOutcomes, finished, people } from "./true-outcomes.ts";

describeJourney("a newsletter", (start) => {
  it("with a row that lacks what the template prints costs that row, wherever it stands", async () => {
    const journey = await start();
    const letters = [];
    for (const place of [0, 3, 200]) {
      const audience = people(250).map(({ name }, index) => {
        const email = `u${index}@place${place}.example.com`;
        return index === place ? { email } : { email, name };
      });
      letters.push({
        place,
        newsletter: await JourneyMailer.broadcast(audience, { chunkSize: 250 }).letter(),
      });
    }
    journey.startWorker();
    for (const { place, newsletter } of letters) {
      await eventually(`the one with the bad row at ${place} is finished`, async () => {
        return (await newsletter.progress()).state === "finished";
      });
      const bad = `u${place}@place${place}.example.com`;
      expect(await expectTrueOutcomes(journey, newsletter, { [bad]: "failed" })).toBe(0);
      expect(await newsletter.progress()).toMatchObject({
        recipients: 250,
        sent: 249,
        failed: 1,
        pending: 0,
      });
    }
  });

  it("whose mailer the worker does not import says so and ends, and goes out when it does", async () => {
    const journey = await start();
    const { smtp, startBareWorker, startWorker, startCli } = journey;
    const newsletter = await JourneyMailer.broadcast(people(60), { key: "forgotten", chunkSize: 20 }).news(1);
    const bare = startBareWorker();
    await eventually("its chunks failed", async () => (await Job.failed().count()) === 3);
    const status = startCli("newsletter", "status", "forgotten");
    expect(await status.ended, status.output()).toBe(0);
    expect(status.output()).toContain("JourneyMailer.news");
    const waiting = startCli("newsletter", "status", "forgotten", "--wait");
    const codes: (number | null)[] = [];
    void waiting.ended.then((code) => codes.push(code));
    await eventually("--wait ends", () => codes.length > 0);
    expect(codes, waiting.output()).toEqual([1]);
    expect(await bare.end()).toBe(0);
    expect(smtp.messages).toEqual([]);
    startWorker();
    const retry = startCli("newsletter", "retry", "forgotten");
    expect(await retry.ended, retry.output()).toBe(0);
    await finished(newsletter);
    expect(await expectTrueOutcomes(journey, newsletter)).toBe(0);
    expect(smtp.messages).toHaveLength(60);
  });
});
