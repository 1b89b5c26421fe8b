import { describe, expect, it } from "vitest";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { startApp } from "../support/app.ts";

class RejectedActions extends Mailer {
  weekly(email: string) {
    return this.mail({ to: email, subject: "News" });
  }
}

const RejectedMailer = mailer(RejectedActions, { name: "RejectedMailer" });
const TEMPLATES = { "rejected-mailer/weekly.text.hbs": "Hello" };

/** Whoever has "bad" in his address is rejected. */
async function setup(people: readonly string[], pauseWhen: { rejected: number; after?: number }) {
  const { app, transport } = await startApp(TEMPLATES);
  const send = transport.send.bind(transport);
  transport.send = async (mail, options) =>
    mail.to[0]?.address.includes("bad")
      ? { class: "rejected", code: 550, response: "550 no such user", accepted: [], refused: [] }
      : send(mail, options);
  const paused: string[] = [];
  app.events.on("newsletter.paused", ({ key, reason }) => paused.push(`${key}: ${reason}`));
  const newsletter = await RejectedMailer.broadcast(people, { key: "n", chunkSize: 50, pauseWhen }).weekly();
  const worker = app.worker({ concurrency: 1 });
  return { newsletter, worker, paused };
}

const people = (count: number, badEvery: number) =>
  Array.from({ length: count }, (_, at) => `${at % badEvery === 0 ? "bad" : "good"}${at}@x.test`);

describe("a newsletter that pauses when too many are rejected", () => {
  it("does so as soon as enough were tried, and says why in its status and by an event", async () => {
    const { newsletter, worker, paused } = await setup(people(1_000, 10), { rejected: 0.05, after: 200 });
    await worker.workOff(1_000);
    const { state, sent, rejected, pausedBecause, waiting } = await newsletter.progress();
    expect(state).toBe("paused");
    expect(sent + rejected).toBeGreaterThanOrEqual(200);
    expect(sent + rejected).toBeLessThanOrEqual(300);
    expect(pausedBecause).toMatch(/^\d+ of 2\d\d recipients were rejected, more than 5 % \(pauseWhen\)$/);
    expect(waiting.map(({ reason }) => reason)).toEqual([`it is paused: ${pausedBecause}`]);
    expect(paused).toEqual([`n: ${pausedBecause}`]);
    await worker.close();
  });

  it("goes on when it is resumed, counts anew, and pauses again when it is as bad as before", async () => {
    const { newsletter, worker, paused } = await setup(people(1_000, 10), { rejected: 0.05, after: 200 });
    await worker.workOff(1_000);
    const before = await newsletter.progress();
    await newsletter.resume();
    expect((await newsletter.progress()).pausedBecause).toBeUndefined();
    await worker.workOff(1_000);
    const after = await newsletter.progress();
    expect(after.sent + after.rejected).toBeGreaterThanOrEqual(before.sent + before.rejected + 200);
    expect([after.state, paused.length]).toEqual(["paused", 2]);
    await worker.close();
  });

  it.each([
    ["fewer are rejected", people(400, 50), { rejected: 0.05, after: 100 }],
    ["too few were tried", people(90, 2), { rejected: 0.05 }],
  ])("goes on to its end where %s", async (_, all, pauseWhen) => {
    const { newsletter, worker, paused } = await setup(all, pauseWhen);
    await worker.workOff(1_000);
    expect((await newsletter.progress()).state).toBe("finished");
    expect(paused).toEqual([]);
    await worker.close();
  });

  it("says nothing of that when somebody pauses it by hand after that", async () => {
    const { newsletter, worker } = await setup(people(1_000, 10), { rejected: 0.05, after: 200 });
    await worker.workOff(1_000);
    await newsletter.resume();
    await newsletter.pause();
    const progress = await newsletter.progress();
    expect(progress.state).toBe("paused");
    expect(progress.pausedBecause).toBeUndefined();
    await worker.close();
  });

  it.each([{ rejected: 5 }, { rejected: -1 }, { rejected: 0.1, after: 0 }])(
    "is refused as %j",
    async (when) => {
      await expect(setup(people(1, 2), when)).rejects.toThrow("pauseWhen");
    },
  );
});
