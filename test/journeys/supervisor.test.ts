import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Job } from "../../src/index.ts";
import type { Child } from "../support/child.ts";
import { eventually } from "../support/eventually.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";
import { describeJourney, describeMongoJourney, describeSqliteJourney } from "./journey.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-supervisor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const eventsOf = (child: Child, name: string) => child.events().filter(({ event }) => event === name);

/** Whether a process is there and no zombie. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

async function started(supervisor: Child, count: number): Promise<readonly number[]> {
  await eventually(`${count} workers started`, () => eventsOf(supervisor, "worker.started").length >= count);
  const pids = eventsOf(supervisor, "process.started").map(({ pid }) => Number(pid));
  onTestFinished(() => {
    for (const pid of pids.filter(isRunning)) process.kill(pid, "SIGKILL");
  });
  return pids;
}

describeJourney("a supervisor", (start) => {
  it("starts its pools, frees at once what a killed process held, starts it again, and ends with all of them", async () => {
    const { smtp, startWorker } = await start({ holdsAfter: 0 });
    const folder = newFolder();
    const pids = join(folder, "pids");
    const supervisor = startWorker(
      ["--pool=mail:1", "--pool=*:1", "--lease", "600", "--pid-dir", pids, "--log-dir", join(folder, "log")],
      {},
    );
    const log = () => ({ ...supervisor, events: () => linesOf(join(folder, "log/delayed-mailer.log")) });
    const workers = await started(log(), 2);
    expect(readdirSync(pids).toSorted()).toEqual([
      "delayed-mailer.0.pid",
      "delayed-mailer.1.pid",
      "delayed-mailer.pid",
    ]);
    for (const email of ["a@example.com", "b@example.com", "c@example.com"])
      await JourneyMailer.delay({ queue: "mail" }).welcome(email, "Ann");
    const holder = await eventually("a process holds jobs", async () => {
      const holders = (await Job.running().list()).map(({ record }) => record.lockedBy ?? "");
      return workers.find((pid) => holders.some((holder) => holder.includes(`:${pid}:`)));
    });
    process.kill(holder, "SIGKILL");
    smtp.release();
    // Its leases would last for ten minutes.
    await eventually("all mails are sent", async () => (await Job.all().count()) === 0);
    expect(new Set(smtp.messages.map(({ envelope }) => envelope.to[0])).size).toBe(3);
    await started(log(), 3);
    expect(eventsOf(log(), "process.ended")).toMatchObject([
      { process: `delayed-mailer.${workers.indexOf(holder)}`, signal: "SIGKILL" },
    ]);
    expect(await supervisor.end("SIGTERM")).toBe(0);
    expect(eventsOf(log(), "worker.stopped")).toHaveLength(2);
    expect(readdirSync(pids)).toEqual([]);
    expect(supervisor.output()).toBe("");
  });
});

function linesOf(path: string): readonly Record<string, unknown>[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describeSqliteJourney("the processes of a supervisor", (start) => {
  it("stop by themselves when it is killed", async () => {
    const { startWorker } = await start();
    const supervisor = startWorker(["--processes", "2"]);
    const pids = await started(supervisor, 2);
    await supervisor.end("SIGKILL");
    await eventually("they are gone", () => !pids.some(isRunning));
    expect(eventsOf(supervisor, "worker.stopped")).toHaveLength(2);
  });

  it("are not started where none of them could be, and the reason is told once each", async () => {
    const { startWorker } = await start();
    const supervisor = startWorker(["--processes", "2"], { DELAYED_MAILER_SQLITE: "/dev/null/store.sqlite" });
    expect(await supervisor.ended).toBe(2);
    expect(supervisor.output()).toContain("The SQLite file /dev/null/store.sqlite cannot be opened");
    expect(eventsOf(supervisor, "process.ended").length).toBeGreaterThan(0);
  });
});

describeMongoJourney("a supervisor", (start) => {
  it("has no connection to the database: each of its processes makes its own (DJ-180, DJ-181, DJ-195, DJ-196)", async () => {
    const { startWorker, env } = await start();
    const supervisor = startWorker(["--processes", "2"]);
    const pids = await started(supervisor, 2);
    const port = Number(new URL(env.MONGODB_URI ?? "").port);
    expect(connectionsOf(supervisor.pid, port)).toBe(0);
    for (const pid of pids) expect(connectionsOf(pid, port)).toBeGreaterThan(0);
    expect(await supervisor.end("SIGTERM")).toBe(0);
  });
});

/** How many TCP connections to a port of this machine a process has. */
function connectionsOf(pid: number, port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n").slice(1);
  const inodes = new Set(
    rows
      .map((row) => row.trim().split(/\s+/))
      .flatMap((row) => (row[2]?.endsWith(`:${hex}`) ? [row[9]] : [])),
  );
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return open.filter((target) => inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1])).length;
}

describeSqliteJourney("a job that takes its process down with it", (start) => {
  it("ends as crashed, and the others are done all the same (fault 26)", async () => {
    const { smtp, startWorker } = await start();
    const supervisor = startWorker(["--processes", "2", "--concurrency", "1"]);
    await started(supervisor, 2);
    const poison = await JourneyMailer.delay({ priority: -1 }).poison("ann@example.com");
    for (const email of ["a@example.com", "b@example.com"]) await JourneyMailer.delay().welcome(email, "Ann");
    await eventually("it is given up", async () => (await poison.reload())?.state === "failed");
    await eventually("the others are sent", () => smtp.messages.length === 2);
    const { record } = (await poison.reload()) ?? {};
    expect(record).toMatchObject({ failReason: "crashed", crashes: 3, attempts: 3 });
    expect(record?.lastError).toMatch(/The worker .* went away while it held the job/);
    expect(eventsOf(supervisor, "process.ended")).toHaveLength(3);
    expect(await supervisor.end("SIGTERM")).toBe(0);
  });
});
