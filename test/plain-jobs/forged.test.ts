import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Job } from "../../src/jobs/job.ts";
import type { NewJob } from "../../src/jobs/job-record.ts";
import { job } from "../../src/plain-jobs/job.ts";
import { delayable } from "../../src/records/delayable.ts";
import { startApp } from "../support/app.ts";
import { BOTH_STORES } from "../support/both-stores.ts";
import { aJob } from "../support/jobs.ts";

const called: unknown[] = [];

const Plain = job("forged.Plain", {
  args: z.tuple([z.any()]),
  perform: (value) => void called.push(value),
});

class Invoice {
  readonly id: unknown;
  constructor(id: unknown) {
    this.id = id;
  }
  send() {
    called.push(this.id);
  }
}

delayable(Invoice, { name: "forged.Invoice", idOf: ({ id }) => id, find: (id) => new Invoice(id) });

const ofPlain = (...args: NewJob["args"]) => ({ handler: "forged.Plain", action: "perform", args });
const ofInvoice = (params: NewJob["params"]) => ({ handler: "forged.Invoice", action: "#send", params });

describe.each(BOTH_STORES)("a job that was forged in %s", (_, settingsOf) => {
  it.each<readonly [string, Partial<NewJob>]>([
    ["a number that is none", ofPlain({ "@bigint": "x" })],
    ["a date that is none", ofPlain({ "@date": "x" })],
    ["entries that are none", ofPlain({ "@entries": 3 })],
    ["an entry that is a prototype", ofPlain({ "@entries": [["__proto__", { isAdmin: true }]] })],
    ["an id of MongoDB that is none", ofPlain({ "@oid": "zz" })],
    ["a record without an id", ofInvoice({})],
    ["params that are nothing", ofInvoice(null)],
    ["params that are a text", ofInvoice("x")],
  ])("with %s is kept as unreadable after one attempt, and the worker goes on", async (_name, forged) => {
    called.length = 0;
    const { app } = await startApp({}, await settingsOf());
    const wrong = aJob(forged);
    await app.store.insert([wrong]);
    await Plain.delay().perform("after it");
    await app.worker({ concurrency: 1 }).workOff();
    const kept = await Job.find(wrong.id);
    expect(kept?.record).toMatchObject({ state: "failed", failReason: "unreadable", attempts: 1 });
    expect(called).toEqual(["after it"]);
  });
});

it("a value that throws when it is read is refused at the call, by a typed error", async () => {
  await startApp();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  await expect(Plain.delay().perform(proxy)).rejects.toMatchObject({
    code: "UNSTORABLE_VALUE",
    message: expect.stringContaining("forged.Plain: args[0] is a value that throws when it is read"),
  });
  expect(await Job.all().count()).toBe(0);
});
