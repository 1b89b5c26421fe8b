import { once } from "node:events";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type LogOptions, logEvents, openLog } from "../../src/app/log.ts";
import { type EventMap, type EventName, Events } from "../../src/events.ts";
import type { JobRecord } from "../../src/jobs/job-record.ts";

const job: JobRecord = {
  id: "0123456789abcdef01234567",
  handler: "UserMailer",
  action: "welcome",
  args: ["ann@example.com", "a secret"],
  params: { token: "a secret" },
  meta: {},
  queue: "mail",
  priority: 0,
  runAt: new Date(0),
  state: "leased",
  attempts: 2,
  maxAttempts: 25,
  crashes: 0,
  createdAt: new Date(0),
};

/** Logs one event; gives back what was written. */
async function logged<N extends EventName>(
  name: N,
  payload: EventMap[N],
  options: LogOptions = {},
): Promise<string> {
  const events = new Events();
  const output = new PassThrough();
  await openLog(events, { pretty: false, output, ...options });
  events.emit(name, payload);
  return String(output.read() ?? "");
}

describe("the log", () => {
  it("writes one line of JSON per event, with its name and fields", async () => {
    const line = JSON.parse(await logged("job.done", { job, ms: 12.4 })) as Record<string, unknown>;
    expect(line).toMatchObject({
      level: "info",
      event: "job.done",
      id: job.id,
      job: "UserMailer.welcome",
      queue: "mail",
      ms: 12,
    });
    expect(Number.isNaN(Date.parse(String(line.time)))).toBe(false);
  });

  it("never has arguments or params in it (DJ-090, DJ-091)", async () => {
    for (const text of [
      await logged("job.done", { job, ms: 1 }),
      await logged("job.started", { job }, { level: "debug" }),
      await logged("job.failed", { job, error: "Error: x\n  at y", reason: "exhausted" }),
      await logged("job.released", { job }),
    ]) {
      expect(text).toContain("UserMailer.welcome");
      expect(text).not.toContain("secret");
      expect(text).not.toContain("ann@example.com");
    }
  });

  it("hides addresses in what servers say, unless it is asked for them", async () => {
    const failed = { job, error: "Rejected: 550 <ann@example.com> no such user\n  at x", reason: "rejected" };
    expect(await logged("job.failed", failed)).not.toContain("ann@example.com");
    expect(await logged("job.failed", failed)).toContain("550");
    expect(await logged("job.failed", failed, { addresses: true })).toContain("ann@example.com");
  });

  it("hides addresses that are written in other ways", async () => {
    const error = 'Rejected: 550 <"ann lee"@example.com> at https://x.test/?to=ann%40example.com';
    expect(await logged("job.failed", { job, error, reason: "rejected" })).not.toMatch(/ann|example/);
  });

  it("writes the first line of an error, not its stack", async () => {
    const text = await logged("job.retried", {
      job,
      error: "Error: busy\n    at somewhere",
      runAt: new Date(0),
      counted: true,
    });
    expect(text).toContain("Error: busy");
    expect(text).not.toContain("somewhere");
  });

  it.each([
    ["debug", true],
    ["info", false],
    ["silent", false],
  ] as const)(
    "writes at level %s what belongs there (DJ-092, DJ-099, DJ-100, DJ-105)",
    async (level, isThere) => {
      expect((await logged("job.started", { job }, { level })).includes("job.started")).toBe(isThere);
    },
  );

  it.each([
    ["warn", ["job.retried", "worker.error"]],
    ["error", ["worker.error"]],
    ["fatal", []],
    ["silent", []],
  ] as const)("writes at level %s no less important lines (DJ-101 to DJ-104)", async (level, expected) => {
    const text = [
      await logged("job.done", { job, ms: 1 }, { level }),
      await logged("job.retried", { job, error: "x", runAt: new Date(0), counted: true }, { level }),
      await logged(
        "worker.error",
        { worker: "w", during: "claiming jobs", error: new Error("x") },
        { level },
      ),
    ];
    expect(text.filter((line) => line !== "").map((line) => JSON.parse(line).event)).toEqual(expected);
  });

  it("keeps the first lines until pino is loaded, in their order", async () => {
    const events = new Events();
    const output = new PassThrough();
    const stop = logEvents(events, { pretty: false, output });
    events.emit("worker.stopping", { worker: "first", running: 0 });
    events.emit("worker.stopping", { worker: "second", running: 0 });
    expect(output.read()).toBeNull();
    await once(output, "readable");
    stop();
    events.emit("worker.stopping", { worker: "third", running: 0 });
    const lines = String(output.read()).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).worker)).toEqual(["first", "second"]);
  });

  it("tells once when a mail server is down, once a minute that it still is, and once when it is back", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const events = new Events();
    const output = new PassThrough();
    await openLog(events, { pretty: false, output });
    const reason = "connect ECONNREFUSED 127.0.0.1:25";
    const change = { transport: "smtp", reason, ms: 1_000 };
    events.emit("transport.changed", { ...change, open: true });
    for (let at = 0; at < 300_000; at += 500) {
      vi.advanceTimersByTime(500);
      for (const id of ["1", "2"])
        events.emit("job.retried", { job: { ...job, id }, error: reason, runAt: new Date(), counted: false });
      events.emit("queue.paused", { queue: "mail", ms: 1_000, reason });
    }
    events.emit("transport.changed", { ...change, open: false, reason: "it answers again" });
    const lines = String(output.read())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const of = (name: string) => lines.filter(({ event }) => event === name);
    expect(of("queue.paused").map(({ alike }) => alike)).toEqual([undefined, 119, 119, 119, 119]);
    expect(of("job.retried").map(({ alike }) => alike)).toEqual([undefined, 239, 239, 239, 239]);
    expect(of("transport.changed").map(({ open }) => open)).toEqual([true, false]);
  });

  it("tells every attempt that was counted, and at level debug everything", async () => {
    const events = new Events();
    const output = new PassThrough();
    await openLog(events, { pretty: false, output, level: "debug" });
    for (const counted of [true, true, false, false])
      events.emit("job.retried", { job, error: "Error: busy", runAt: new Date(0), counted });
    const levels = String(output.read()).match(/"level":"\w+"/g);
    expect(levels).toEqual(['"level":"warn"', '"level":"warn"', '"level":"warn"', '"level":"debug"']);
  });

  it("writes a job that failed as one line for people, with the reason and the place in their own file", async () => {
    const file = join(process.cwd(), "mailers", "user-mailer.ts");
    const error = `TypeError: no name\n    at f (${join(process.cwd(), "node_modules", "x.js")}:1:1)\n    at welcome (${file}:12:5)\n    at node:internal`;
    const text = stripVTControlCharacters(
      await logged("job.failed", { job, error, reason: "exhausted" }, { pretty: true }),
    );
    expect(text.slice(text.indexOf("ERROR"))).toBe(
      `ERROR: job.failed UserMailer.welcome TypeError: no name (mailers/user-mailer.ts:12) reason=exhausted id=${job.id} queue=mail attempts=2\n`,
    );
  });

  it("writes lines for people where it is told to", async () => {
    const text = await logged("worker.stopping", { worker: "w", running: 3 }, { pretty: true });
    expect(text).toContain("worker.stopping");
    expect(text).not.toMatch(/^\{/);
  });
});
