import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { someJobs } from "../support/jobs.ts";

const run = promisify(execFile);
const CLI = `"${process.execPath}" --import "${import.meta.resolve("tsx")}" "${resolve("src/cli.ts")}"`;

/** More than a pipe takes before somebody reads. */
const JOBS = 1_000;

/** @returns what the shell printed, the command's own exit code, and its standard error */
async function read(command: string): Promise<{ first: string; code: number; err: string }> {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-pipes-"));
  mkdirSync(join(folder, "mailers"));
  const path = join(folder, "store.sqlite");
  const database = await openDatabase(path);
  const store = new SqliteJobStore(database);
  await store.insert(someJobs(JOBS));
  database.close();
  const line = `${CLI} ${command} 2>err | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const env = { ...process.env, DELAYED_MAILER_SQLITE: path };
  const { stdout } = await run("bash", ["-c", line], { cwd: folder, env });
  const [first = "", code = ""] = stdout.trim().split("\n");
  return { first, code: Number(code), err: readFileSync(join(folder, "err"), "utf8") };
}

it("a list whose reader has seen enough ends quietly (fault 4.12)", async () => {
  const { first, code, err } = await read(`jobs list --json --limit ${JOBS}`);
  expect(JSON.parse(first)).toMatchObject({ state: "ready" });
  expect(code).toBe(0);
  expect(err).toBe("");
});
