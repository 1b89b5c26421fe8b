import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { NewJob } from "../../src/jobs/job-record.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { useBundled } from "../support/bundled.ts";
import { type Child, startBundled } from "../support/child.ts";
import { eventually } from "../support/eventually.ts";
import { aJob } from "../support/jobs.ts";

const fileOf = useBundled(["test/faults/fixture/broken-worker.ts", "src/cli.ts"], "broken-");

/** A worker process with two places, on a store of its own that holds jobs of these actions. */
async function setup(...actions: readonly (readonly [action: string, ...args: NewJob["args"]])[]) {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-broken-"));
  const database = await openDatabase(join(folder, "store.sqlite"));
  const store = new SqliteJobStore(database);
  onTestFinished(async () => {
    await store.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await store.insert(
    actions.map(([action, ...args], priority) => aJob({ handler: "BrokenMailer", action, args, priority })),
  );
  const env = {
    DELAYED_MAILER_SQLITE: join(folder, "store.sqlite"),
    DELAYED_MAILER_INBOX: join(folder, "inbox"),
    MAIL_FROM: "shop@x.test",
  };
  const start = (args: readonly string[] = [], more: Record<string, string> = {}): Child => {
    const child = startBundled(fileOf("broken-worker"), args, { ...env, ...more });
    onTestFinished(async () => void (await child.end("SIGKILL")));
    return child;
  };
  return { store, folder, env, start };
}

describe("an action that calls process.exit()", () => {
  it.each([
    [0, 1],
    [3, 3],
  ])(
    "with %i ends its worker with code %i and a line that names it; what was not begun is free at once",
    async (given, code) => {
      const { store, start } = await setup(["exits", given], ["works"], ["works"]);
      const child = start();
      expect(await child.ended).toBe(code);
      expect(child.output()).toContain(
        `process.exit(${given}) was called while this worker was performing BrokenMailer.exits, BrokenMailer.works.`,
      );
      const states = (await store.find({})).map(({ action, state, attempts }) => [action, state, attempts]);
      expect(states).toEqual([
        ["exits", "leased", 1],
        ["works", "leased", 1],
        ["works", "ready", 0],
      ]);
    },
  );
});

describe("an error that nobody catches", () => {
  it.each([
    ["rejects", "a promise was rejected", "nobody awaits me"],
    ["throwsLater", "an error was thrown in a callback", "nobody catches me"],
  ])(
    "in an action that %s stops its worker in peace, with code 1, and is logged with what ran",
    async (action, what, error) => {
      const { store, start } = await setup([action], ["works"], ["works"], ["works"]);
      const child = start();
      expect(await child.ended).toBe(1);
      const told = child.events().filter(({ event }) => event === "worker.error");
      expect(told).toMatchObject([{ during: expect.stringContaining(`BrokenMailer.${action}`), error }]);
      expect(told[0]?.during).toContain(`${what}, and nobody catches it`);
      // What ran has ended, what did not is free.
      expect(await store.count({ state: "leased" })).toBe(0);
      expect((await store.find({})).every(({ attempts }) => attempts === 0)).toBe(true);
    },
  );
});

describe("something that stays open", () => {
  it("keeps a worker's process five seconds at most, which says what it is", async () => {
    const { start } = await setup();
    const child = start([], { KEEP_OPEN: "1" });
    await eventually("it works", () => child.output().includes("worker.started"));
    child.signal("SIGTERM");
    expect(await child.ended).toBe(0);
    expect(child.output()).toContain("something of the application is still open (Timeout)");
  });

  it.each([["jobs list"], ["jobs check"], ["schedules"]])("keeps no command: %s", async (words) => {
    const { env, folder } = await setup();
    mkdirSync(join(folder, "mailers"));
    mkdirSync(join(folder, "templates"));
    writeFileSync(join(folder, "mailers", "open.js"), "setInterval(() => undefined, 1_000);\n");
    const child = startBundled(fileOf("cli"), words.split(" "), env, folder);
    onTestFinished(async () => void (await child.end("SIGKILL")));
    expect(await child.ended).toBe(0);
    expect(child.output()).not.toContain("still open");
  });
});

describe("a log folder", () => {
  it("on a full disk ends no worker: the standard error says so, and jobs are performed", async () => {
    const { store, folder, start } = await setup(["works"]);
    mkdirSync(join(folder, "log"));
    symlinkSync("/dev/full", join(folder, "log", "delayed-mailer.log"));
    const child = start(["--log-dir", join(folder, "log"), "--exit-on-complete"]);
    expect(await child.ended).toBe(0);
    expect(await store.count({})).toBe(0);
    const lines = child.output().trim().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(/^The log file .* cannot be written: ENOSPC.* Work goes on\.$/),
    ]);
  });

  it("that cannot be opened keeps a worker from starting, with a line and code 2", async () => {
    const { folder, start } = await setup();
    writeFileSync(join(folder, "log"), "a file");
    const child = start(["--log-dir", join(folder, "log")]);
    expect(await child.ended).toBe(2);
    expect(child.output()).toContain("--log-dir: the log file cannot be opened: EEXIST");
    expect(child.output()).not.toContain("    at ");
  });
});
