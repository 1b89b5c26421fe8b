import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Job } from "../../src/index.ts";
import { JourneyMailer } from "../journeys/fixture/journey-mailer.ts";
import { describeJourney } from "../journeys/journey.ts";
import type { Child } from "../support/child.ts";
import { eventually } from "../support/eventually.ts";
import { startScriptedSmtp } from "../support/scripted-smtp.ts";

/** A mail server that holds back its go-ahead to the first message until it is told. */
async function startHoldingServer() {
  let goOn: () => void = () => undefined;
  const firstData = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const server = await startScriptedSmtp({ firstData });
  onTestFinished(() => server.close());
  return { server, goOn: () => goOn() };
}

/** The path of a file that is not there yet. */
function aFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-paused-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "file");
}

/** A busy machine may make others, shorter ones. */
function longestPause(worker: Child): number {
  const pauses = worker.events().filter(({ event }) => event === "worker.paused");
  return Math.max(0, ...pauses.map(({ ms }) => Number(ms)));
}

describeJourney("a worker process that is stopped for longer than its lease", (start) => {
  it("sends nothing when it goes on: another has sent the mail meanwhile (fault 16)", async () => {
    const { startWorker } = await start();
    const { server, goOn } = await startHoldingServer();
    await JourneyMailer.delay().welcome("ann@example.com", "Ann");
    const env = { SMTP_URL: server.url };
    const stopped = startWorker(["--lease", "1"], env);
    await eventually("it is about to hand its mail over", () => server.verbs.includes("DATA"));
    stopped.signal("SIGSTOP");
    const stoppedAt = performance.now();
    // The go-ahead lies ready in its socket: it is the first thing the process finds when it goes on.
    goOn();
    // With a lease of its own that a busy machine does not lose.
    startWorker([], env);
    await eventually("the other worker sent the mail", () => server.taken() === 1);
    // A fast machine hands the mail to the other within a second of the stop; a pause is told of from one second on.
    await eventually("the pause is one that is told of", () => performance.now() - stoppedAt > 2_500);
    stopped.signal("SIGCONT");
    await eventually("it noticed", () => stopped.output().includes("job.lost"));
    expect(await stopped.end("SIGTERM")).toBe(0);
    const events = stopped.events();
    expect(longestPause(stopped)).toBeGreaterThan(1_000);
    expect(events.filter(({ event }) => event === "job.done" || event === "mail.sent")).toEqual([]);
    expect(server.taken()).toBe(1);
    expect(await Job.all().count()).toBe(0);
  });

  it("sends nothing when it was blocked by its own code, and says for how long (fault 15)", async () => {
    const { smtp, startWorker } = await start();
    const blocks = aFile();
    const isBlocked = aFile();
    writeFileSync(blocks, "");
    await JourneyMailer.delay().blocking("ann@example.com");
    const env = { JOURNEY_BLOCKED_WHILE: blocks, JOURNEY_IS_BLOCKED: isBlocked };
    const blocked = startWorker(["--lease", "1"], env);
    await eventually("it is blocked", () => existsSync(isBlocked));
    const blockedAt = performance.now();
    startWorker([]);
    await eventually("the other worker sent the mail", () => smtp.messages.length === 1);
    await eventually("the pause is one that is told of", () => performance.now() - blockedAt > 2_500);
    rmSync(blocks);
    await eventually("it noticed", () => blocked.output().includes("job.lost"));
    expect(await blocked.end("SIGTERM")).toBe(0);
    expect(longestPause(blocked)).toBeGreaterThan(1_000);
    expect(smtp.messages).toHaveLength(1);
  });
});
