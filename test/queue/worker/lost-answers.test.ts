import { afterEach, describe, expect, it } from "vitest";
import { type EventName, Events } from "../../../src/events.ts";
import { Worker } from "../../../src/queue/worker/worker.ts";
import { MongoJobStore } from "../../../src/stores/mongo/jobs/job-store.ts";
import { eventually } from "../../support/eventually.ts";
import { someJobs } from "../../support/jobs.ts";
import { probeRegistry } from "../../support/probe.ts";
import { connectOverWire } from "../../support/wire.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A worker that reaches its MongoDB over a wire that can be cut. */
async function setup() {
  const { wire, connection, direct, close } = await connectOverWire();
  const store = new MongoJobStore(connection);
  const directStore = new MongoJobStore(direct);
  await directStore.ensureIndexes();
  await store.open();
  const events = new Events();
  const log: EventName[] = [];
  events.onAny((name) => log.push(name));
  const succeeded: string[] = [];
  const registry = probeRegistry(() => undefined, {
    hooks: { success: (job: { readonly id: string }) => succeeded.push(job.id) },
  });
  const worker = new Worker({ store, registry, events }, { sleepDelay: 50, heartbeat: 100, lease: 5_000 });
  const ended = worker.run();
  closing.push(async () => {
    worker.abort();
    await ended;
    await store.close();
    await directStore.close();
    await close();
  });
  return { wire, directStore, log, succeeded };
}

describe("a worker whose store took an ending, and whose connection broke before the answer", () => {
  it("tells of jobs that are done as done, once", async () => {
    const { wire, directStore, log, succeeded } = await setup();
    const jobs = someJobs(3);
    // What a done job leaves the store with: an order to delete it.
    wire.loseAnswers("deletes");
    await directStore.insert(jobs);
    await eventually("the jobs are gone", async () => (await directStore.count({})) === 0);
    wire.cut();
    wire.hearAnswers();
    await eventually("their hooks have run", () => succeeded.length > 2);
    expect(succeeded.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
    expect(log.filter((name) => name === "job.done")).toHaveLength(3);
    expect(log).not.toContain("job.lost");
  });
});
