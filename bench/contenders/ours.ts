import { Events } from "../../src/events.ts";
import type { NewJob } from "../../src/jobs/job-record.ts";
import type { JobStore } from "../../src/jobs/job-store.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import type { Contender } from "../support/contender.ts";
import { benchJob, benchRegistry } from "../support/jobs.ts";

export interface OursOptions {
  readonly concurrency: number;
  /** Makes failed jobs of all jobs of a handler. */
  readonly failAll: (handler: string) => Promise<void>;
  /** Has what was written go where it stays, so that this is not paid for later. */
  readonly settle?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const BATCH = 1_000;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

/** Our queue on any of our stores: the store's port and the worker, as `delay()` and `npm run worker` use them. */
export function contenderOn(
  store: JobStore,
  { concurrency, failAll, settle, close }: OursOptions,
): Contender {
  const insert = async (count: number, more: (index: number) => Partial<NewJob> = () => ({})) => {
    for (let done = 0; done < count; done += BATCH)
      await store.insert(
        Array.from({ length: Math.min(BATCH, count - done) }, (_, index) => benchJob(more(done + index))),
      );
  };
  return {
    enqueueOneByOne: async (count) => {
      for (let index = 0; index < count; index++) await store.insert([benchJob()]);
    },
    enqueueBulk: (count) => insert(count),
    enqueueBacklog: async (each) => {
      await insert(each, () => ({ handler: "Failed" }));
      await failAll("Failed");
      const now = Date.now();
      await insert(each, (index) => ({ runAt: new Date(now + YEAR_MS + index) }));
      await insert(each, (index) => ({
        priority: -1 - (index % 10),
        runAt: new Date(now + HOUR_MS + index),
      }));
      await settle?.();
    },
    work: async (onPerformed) => {
      const registry = benchRegistry(onPerformed);
      void new Worker({ store, registry, events: new Events() }, { concurrency }).run();
    },
    isDrained: async () => {
      const due = await store.nextDue({ workerId: "bench", token: "bench", limit: 1, leaseMs: 1 }, 0);
      return due === undefined && (await store.find({ state: "leased", limit: 1 })).length === 0;
    },
    close,
  };
}
