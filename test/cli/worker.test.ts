import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { configure } from "../../src/app/current-app.ts";
import { parseWorkerFlags, processPlans, titleOf, workerOptions } from "../../src/cli/worker/worker-flags.ts";
import { useCli } from "../support/cli.ts";

const { cli, folder } = useCli();
afterEach(() => {
  process.exitCode = undefined;
});

describe("a worker", () => {
  it("logs to where its command line writes, where nobody says more (DJ-147, DJ-149)", async () => {
    const { code, out, err } = await cli("worker", "--exit-on-complete", "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ event }) => event)).toEqual(
      expect.arrayContaining(["worker.started", "worker.stopped"]),
    );
  });

  it("logs into a folder where it is told to, and goes on in the same file the next time (DJ-150, DJ-152)", async () => {
    const logs = join(folder(), "log");
    for (let run = 0; run < 2; run++)
      expect((await cli("worker", "--exit-on-complete", "--log-dir", logs)).out).toBe("");
    const path = join(logs, "delayed-mailer.log");
    await expect.poll(() => readFileSync(path, "utf8").match(/worker\.stopped/g)).toHaveLength(2);
    expect([logs, path].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it("that cannot start says why on the standard error, and ends with a code of its own (DJ-153, DJ-154)", async () => {
    vi.stubEnv("DELAYED_MAILER_SQLITE", "/dev/null/store.sqlite");
    const { code, out, err } = await cli("worker");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("The SQLite file /dev/null/store.sqlite cannot be opened");
  });

  it("tells the application of what it logs, if it listens, whatever is logged (DJ-155, DJ-156)", async () => {
    vi.stubEnv("DELAYED_MAILER_LOG_LEVEL", "silent");
    const heard: string[] = [];
    configure({ plugins: [(_, events) => void events.onAny((name) => heard.push(name))] });
    expect((await cli("worker", "--exit-on-complete")).out).toBe("");
    expect(heard).toEqual(expect.arrayContaining(["worker.started", "worker.stopped"]));
    configure({});
  });
});

describe("the flags of a worker", () => {
  it("say what each process does, times in seconds or with a unit", () => {
    const flags = parseWorkerFlags(
      "--queues a,b --queue c --min-priority=-5 --max-priority 9 --sleep-delay 2 --grace 500ms --lease 1m --limits a=3 --weights b=0.5".split(
        " ",
      ),
    );
    expect(workerOptions(flags)).toEqual({
      queues: ["a", "b", "c"],
      minPriority: -5,
      maxPriority: 9,
      sleepDelay: 2_000,
      grace: 500,
      lease: 60_000,
      limits: { a: 3 },
      weights: { b: 0.5 },
    });
  });

  it("say how many processes there are, and what they are called", () => {
    expect(processPlans(parseWorkerFlags(["-n", "2", "--queue", "a"]))).toEqual([
      { name: "delayed-mailer.0", queues: ["a"] },
      { name: "delayed-mailer.1", queues: ["a"] },
    ]);
    const flags = parseWorkerFlags(["-p", "shop", "-i", "blue"]);
    expect(processPlans(flags).map(({ name }) => titleOf(flags, name))).toEqual(["shop/delayed-mailer.blue"]);
  });

  it.each([
    [["--concurrency", "0"], "concurrency:"],
    [["--concurrency", "many"], "--concurrency takes a whole number"],
    [["--processes", "0"], "--processes: must be 1 to 1000"],
    [["-n", "2", "-i", "blue"], "--identifier: names one process"],
    [["--pool", "mail:x"], "--pool:"],
    [["--pool", "*:2", "--order", "strict"], 'order: "strict" needs queues'],
    [["--min-priority", "1.5"], "--min-priority takes a whole number"],
    [["--sleep-delay", "soon"], "--sleep-delay: must be"],
    [["--health-port", "70000"], "--health-port is 0 to 65535"],
    [["mail"], 'What is "mail"?'],
    [["--nonsense"], "--nonsense"],
  ])(
    "are refused before any job is claimed where they make no sense: %j (DJX-20)",
    async (flags, message) => {
      const { code, err } = await cli("worker", ...flags);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
    },
  );

  it("do not get as far as a process where the configuration is wrong, which is told once", async () => {
    vi.stubEnv("DELAYED_MAILER_LOCALE", "no locale");
    const { code, err } = await cli("worker", "--processes", "3");
    expect(code).toBe(2);
    expect(err.match(/DELAYED_MAILER_LOCALE/g)).toHaveLength(1);
  });
});
