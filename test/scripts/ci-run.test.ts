import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

/** What `.ci/run` makes of commands of npm that end with these codes; the others end well. */
function run(codes: Readonly<Record<string, number>>, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-ci-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const cases = Object.entries(codes).map(([words, code]) => `  "${words}"*) exit ${code} ;;`);
  const lines = ["#!/bin/sh", 'echo "npm $*"', 'case "$*" in', ...cases, "esac"];
  writeFileSync(join(folder, "npm"), `${lines.join("\n")}\n`);
  chmodSync(join(folder, "npm"), 0o755);
  const path = `${folder}${delimiter}${process.env.PATH}`;
  const { status, stdout } = spawnSync(".ci/run", [], {
    ...{ encoding: "utf8", env: { ...process.env, ...env, PATH: path } },
  });
  return { status, lines: stdout.trim().split("\n") };
}

it("a new machine has to install and pass the suite, and then all that it can", () => {
  const { status, lines } = run({});
  expect(lines).toEqual([
    "npm ci",
    "npm test",
    "npm run -s conformance -- --where-possible",
    "ci: passed: real mail servers",
    "npm run -s on-node -- 26 npm run -s essentials",
    "ci: passed: the newest Node",
  ]);
  expect(status).toBe(0);
});

it.each(["ci", "test"])("npm %s that fails ends it with the same code", (words) => {
  const { status, lines } = run({ [words]: 3 });
  expect(status).toBe(3);
  expect(lines.at(-1)).toBe(`npm ${words}`);
});

it("what cannot be had here, or has no time left, is told and no failure", () => {
  const missing = run({ "run -s on-node": 69 });
  expect(missing.status).toBe(0);
  expect(missing.lines.at(-1)).toBe(
    "ci: not run, because this machine cannot give what it needs: the newest Node",
  );
  const late = run({}, { CI_ENOUGH_SECONDS: "0" });
  expect(late.status).toBe(0);
  expect(late.lines.at(-1)).toBe("ci: not run, because no time is left: the newest Node");
});

it("what was run and found something wrong fails", () => {
  const { status, lines } = run({ "run -s conformance": 1 });
  expect(status).toBe(1);
  expect(lines.at(-1)).toBe("ci: failed: real mail servers");
});
