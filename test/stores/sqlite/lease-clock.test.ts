import { mkdtempSync, rmSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { openDatabase } from "../../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../../src/stores/sqlite/jobs/job-store.ts";
import { aJob } from "../../support/jobs.ts";

const NOT_LINUX = platform() !== "linux";
const ON_LINUX = "the clock that all processes of a machine share is read on Linux only";
const HOUR = 3_600_000;
const LEASE = 60_000;

async function aStore(path: string): Promise<SqliteJobStore> {
  const database = await openDatabase(path, { synchronous: "NORMAL" });
  const store = new SqliteJobStore(database);
  onTestFinished(async () => {
    await store.close();
    database.close();
  });
  return store;
}

function aPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-lease-clock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "store.sqlite");
}

function setMachineClock(by: number): void {
  const now = Date.now.bind(Date);
  const spy = vi.spyOn(Date, "now").mockImplementation(() => now() + by);
  onTestFinished(() => spy.mockRestore());
}

const claim = { limit: 10, leaseMs: LEASE };

it.for([
  ["forward", HOUR],
  ["back", -HOUR],
] as const)(
  "a machine clock that is put %s by an hour ends no lease, and keeps none",
  async ([, by], { skip }) => {
    skip(NOT_LINUX, ON_LINUX);
    const path = aPath();
    const before = await aStore(path);
    const jobs = [aJob(), aJob()];
    await before.insert(jobs);
    const held = await before.claim({ ...claim, workerId: "a", token: "a" });
    expect(held).toHaveLength(2);
    setMachineClock(by);
    const after = await aStore(path);
    for (const store of [before, after]) expect(await store.reap()).toEqual({ freed: 0, failed: [] });
    // A heartbeat of who was started after, judged by who was started before.
    const leases = held.map(({ id }) => ({ id, token: "a" }));
    expect(await after.extend(leases, LEASE)).toEqual([]);
    expect(await before.reap()).toEqual({ freed: 0, failed: [] });
    // And one that has run out is seen by both.
    expect(await after.extend(leases, -1)).toEqual([]);
    expect((await before.reap()).freed).toBe(2);
  },
);

it("what is due is judged by the machine's clock", async ({ skip }) => {
  skip(NOT_LINUX, ON_LINUX);
  const store = await aStore(aPath());
  await store.insert([aJob({ runAt: new Date(Date.now() + HOUR / 2) })]);
  expect(await store.claim({ ...claim, workerId: "a", token: "a" })).toEqual([]);
  setMachineClock(HOUR);
  expect(await store.claim({ ...claim, workerId: "a", token: "b" })).toHaveLength(1);
});
