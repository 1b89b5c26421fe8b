import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Job } from "../../src/index.ts";
import { JourneyMailer } from "../journeys/fixture/journey-mailer.ts";
import { describeMongoJourney } from "../journeys/journey.ts";
import { eventually } from "../support/eventually.ts";

const SKEWED = fileURLToPath(new URL("./fixture/skewed-clock.js", import.meta.url));

/** The environment of a process whose clock is off. */
const skewed = (ms: number) => ({ NODE_OPTIONS: `--import=${SKEWED}`, CLOCK_SKEW_MS: String(ms) });

const TEN_MINUTES = 600_000;

describeMongoJourney("workers whose clocks are ten minutes off, one fast and one slow", (start) => {
  it("keep and leave alone leases, and what is due later, by the server's clock, and say so (faults 14, 17 and 18)", async () => {
    const { smtp, startWorker } = await start({ holdsAfter: 0 });
    const later = await JourneyMailer.delay({ in: "5m" }).welcome("later@example.com", "Ann");
    const workers = [TEN_MINUTES, -TEN_MINUTES].map((ms) => startWorker(["--lease", "10"], skewed(ms)));
    for (const worker of workers)
      await eventually("it knows its clock to be off", () => worker.output().includes("worker.clock-off"));
    const emails = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
    for (const email of emails) await JourneyMailer.delay().welcome(email, "Ann");
    await eventually("all are in hand", () => smtp.held() === emails.length);
    // Longer than the lease.
    await sleep(11_000);
    smtp.release();
    await eventually("all that is due is done", async () => (await Job.all().count()) === 1);
    expect(smtp.messages.map(({ envelope }) => envelope.to[0]).toSorted()).toEqual(emails);
    expect((await later.reload())?.record).toMatchObject({ state: "ready", attempts: 0 });
    for (const worker of workers) {
      const names = worker.events().map(({ event }) => event);
      expect(names.filter((name) => name === "worker.clock-off")).toHaveLength(1);
      expect(names.filter((name) => name === "job.lost" || name === "jobs.reaped")).toEqual([]);
      expect(await worker.end("SIGTERM")).toBe(0);
    }
  });
});

describeMongoJourney("a worker whose clock is off", (start) => {
  it.each([
    ["slow", -TEN_MINUTES],
    ["fast", TEN_MINUTES],
  ])(
    "by ten minutes, %s, puts a job off, and lets it expire, by the server's clock (fault 2.5)",
    async (_, ms) => {
      const { smtp, startWorker } = await start({
        onRcpt: (address) => (address.startsWith("busy") ? { code: 450, message: "busy" } : undefined),
      });
      const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);
      const busy = await JourneyMailer.delay({ backoff: "5m" }).welcome("busy@example.com", "Ann");
      await JourneyMailer.delay({ expiresAt: inMinutes(5) }).welcome("in-time@example.com", "Ann");
      await JourneyMailer.delay({ expiresAt: inMinutes(-5) }).welcome("late@example.com", "Ann");
      const worker = startWorker([], skewed(ms));
      await eventually("all three were tried", async () => {
        const ended = await Promise.all([Job.failed().count(), Job.all().count(), busy.reload()]);
        return ended[0] === 1 && ended[1] === 2 && ended[2]?.state === "ready" && ended[2].attempts === 1;
      });
      expect(smtp.messages.map(({ envelope }) => envelope.to[0])).toEqual(["in-time@example.com"]);
      expect(await Job.failed().list()).toMatchObject([{ record: { failReason: "expired" } }]);
      const { attempts, runAt } = (await busy.reload()) ?? busy;
      expect(attempts).toBe(1);
      expect(runAt.getTime()).toBeGreaterThan(inMinutes(4).getTime());
      expect(runAt.getTime()).toBeLessThan(inMinutes(6).getTime());
      expect(await worker.end("SIGTERM")).toBe(0);
    },
  );
});
