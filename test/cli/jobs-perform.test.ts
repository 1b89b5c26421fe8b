import { afterEach, describe, expect, it } from "vitest";
import { close, openApp } from "../../src/app/current-app.ts";
import type { DelayOptions } from "../../src/jobs/delay-options.ts";
import { Job } from "../../src/jobs/job.ts";
import { job } from "../../src/plain-jobs/job.ts";
import { useCli } from "../support/cli.ts";

let isBroken = false;
let calls = 0;

const Fragile = job("JobsPerform.Fragile", {
  perform({ log }) {
    calls += 1;
    log.info("begun by hand");
    if (isBroken) throw new Error("no luck");
  },
});

const { cli } = useCli();
// Before the folder of the store is removed.
afterEach(close);

async function stored(options: DelayOptions = {}): Promise<string> {
  const { id } = await Fragile.delay(options).perform();
  calls = 0;
  isBroken = false;
  return id;
}

/** A stored job whose only attempt failed. */
async function failed(options: DelayOptions = {}): Promise<string> {
  const id = await stored({ maxAttempts: 1, ...options });
  isBroken = true;
  const worker = (await openApp()).worker();
  await worker.workOff();
  await worker.close();
  calls = 0;
  return id;
}

async function stateOf(id: string) {
  const found = await Job.find(id);
  return found && { state: found.state, attempts: found.attempts };
}

describe("delayed-mailer jobs perform", () => {
  it("performs a failed job here, with its log, and says that it is done", async () => {
    const id = await failed();
    isBroken = false;
    const answer = await cli("jobs", "perform", id);
    expect(answer).toMatchObject({ code: 0, err: "" });
    expect(answer.out).toContain("begun by hand");
    expect(answer.out).toContain("job.done");
    expect(answer.out).toMatch(new RegExp(`Job ${id} is done\\.\n$`));
    expect(calls).toBe(1);
    expect(await stateOf(id)).toBeUndefined();
  });

  it("ends with 1 when it fails again, and keeps it with the new error", async () => {
    const id = await failed();
    const { code, err } = await cli("jobs", "perform", id);
    expect({ code, calls }).toEqual({ code: 1, calls: 1 });
    expect(err).toContain(`Job ${id} failed (exhausted): Error: no luck\njobs show ${id}`);
    expect(await stateOf(id)).toEqual({ state: "failed", attempts: 2 });
    expect((await Job.find(id))?.errors).toHaveLength(2);
  });

  it("performs a waiting job before its time, from a paused queue, and no other", async () => {
    const id = await stored({ in: "2h", queue: "later" });
    const other = await stored();
    await (await openApp()).store.pauseQueue("later");
    expect((await cli("jobs", "perform", id)).code).toBe(0);
    expect(calls).toBe(1);
    expect(await stateOf(other)).toEqual({ state: "ready", attempts: 0 });
  });

  it("leaves a waiting job waiting that fails and has attempts left", async () => {
    const id = await stored();
    isBroken = true;
    const { code, err } = await cli("jobs", "perform", id);
    expect(code).toBe(1);
    expect(err).toMatch(/did not succeed: Error: no luck\nIt waits, and is tried again at \d{4}-/);
    expect(await stateOf(id)).toEqual({ state: "ready", attempts: 1 });
  });

  it("refuses a job that a worker holds, and names the way out", async () => {
    const id = await stored();
    const { store } = await openApp();
    await store.claim({ workerId: "w1", token: "t", limit: 1, leaseMs: 30_000 });
    expect(await cli("jobs", "perform", id)).toEqual({
      code: 1,
      out: "",
      err: `Job ${id} is held by w1: let it end, or take it back with jobs cancel; if its worker is gone, another frees it when its lease runs out.\n`,
    });
    expect(calls).toBe(0);
  });

  it("refuses a failed job whose unique key another has, and one that is not there", async () => {
    const id = await failed({ uniqueKey: "k" });
    const holder = await stored({ uniqueKey: "k" });
    const { code, err } = await cli("jobs", "perform", id);
    expect(code).toBe(1);
    expect(err).toContain(holder);
    expect(await stateOf(id)).toEqual({ state: "failed", attempts: 1 });
    const gone = await cli("jobs", "perform", "0".repeat(24));
    expect(gone).toMatchObject({
      code: 1,
      err: expect.stringContaining("is done, was removed, or never was"),
    });
  });

  it("keeps the limit of its key", async () => {
    const limit = { key: "customer-7", concurrency: 1 };
    const id = await stored({ limit });
    await stored({ limit });
    const app = await openApp();
    await app.stores.rates.hold("limit customer-7", { id: "w1", leaseMs: 60_000 }, 1, 1);
    const { code, err } = await cli("jobs", "perform", id);
    expect({ code, calls }).toEqual({ code: 1, calls: 0 });
    expect(err).toContain('the limit of "customer-7" is used up');
    expect(await stateOf(id)).toEqual({ state: "ready", attempts: 0 });
  });

  it("takes one id", async () => {
    expect(await cli("jobs", "perform")).toMatchObject({ code: 2 });
    expect((await cli("jobs", "perform", "a", "b")).err).toContain("takes one job id");
  });
});
