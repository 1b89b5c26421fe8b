import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runChecks } from "../../scripts/further-checks/run-checks.ts";

const check = (name: string, command: string, takes = 0) => ({ name, command, takes });

it("says of each check whether it passed, failed, or cannot be had here", async () => {
  const checks = [
    check("a", "true"),
    check("b", "exit 3"),
    check("c", "exit 69"),
    check("d", "no-such-command-here"),
  ];
  const reports = await runChecks(checks, { within: 60 });
  expect(reports.map(({ name, result }) => [name, result])).toEqual([
    ["a", "passed"],
    ["b", "failed"],
    ["c", "not to be had here"],
    ["d", "failed"],
  ]);
});

it("begins no check for which the time does not reach, on a machine as slow as this one, and goes on with shorter ones", async () => {
  const checks = [check("long", "exit 1", 40), check("short", "true", 10)];
  const results = async (slowness: number) =>
    (await runChecks(checks, { within: 60, slowness })).map(({ result }) => result);
  expect(await results(1)).toEqual(["failed", "passed"]);
  expect(await results(2)).toEqual(["not begun", "passed"]);
});

it("ends a check that is out of time, with all it started", async () => {
  const pids = join(mkdtempSync(join(tmpdir(), "delayed-mailer-checks-")), "pids");
  const [report] = await runChecks([check("endless", `sleep 600 & echo $! $$ > ${pids}; wait`)], {
    within: 1,
  });
  expect(report?.result).toBe("cut off");
  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  for (const pid of readFileSync(pids, "utf8").trim().split(" ").map(Number))
    await expect.poll(() => isAlive(pid)).toBe(false);
});
