import { setTimeout as sleep } from "node:timers/promises";
import { Events } from "../../src/events.ts";
import type { Attempt } from "../../src/jobs/handler.ts";
import type { JobRecord } from "../../src/jobs/job-record.ts";
import { Worker } from "../../src/queue/worker/worker.ts";
import type { WorkerOptions } from "../../src/queue/worker/worker-options.ts";
import { sharedClock } from "../support/clock.ts";
import { benchJob, benchRegistry } from "../support/jobs.ts";
import { answerLines } from "../support/lines.ts";
import { Meter } from "../support/meter.ts";
import { storeAt } from "../support/store-at.ts";

/** One of our workers in a process of its own; tells of every job that it begins, by the clock that all processes share. */
interface Start {
  readonly uri: string;
  readonly options: WorkerOptions;
  /** How long a job takes, in ms; -1 has a job's first attempt go on for ever. */
  readonly jobMs: number;
}

const { uri, options, jobMs } = JSON.parse(process.argv[2] ?? "{}") as Start;
const meter = new Meter();
const { store } = await storeAt(uri, (event) => meter.count(event));
const events = new Events();
const registry = benchRegistry(perform);
let held = 0;
let mostHeld = 0;

const claim = store.claim.bind(store);
store.claim = async (request) => {
  const claimed = await claim(request);
  held += claimed.length;
  mostHeld = Math.max(mostHeld, held);
  return claimed;
};

async function perform({ number }: Attempt): Promise<void> {
  if (jobMs < 0 && number === 1) await new Promise(() => setInterval(() => undefined, 60_000));
  if (jobMs > 0) await sleep(jobMs);
  held -= 1;
}

answerLines(async (line, say) => {
  const tell = (what: string, { id, queue, attempts }: Pick<JobRecord, "id" | "queue" | "attempts">) =>
    say({ [what]: id, queue, attempts, at: sharedClock() });
  switch (line.do) {
    case "work":
      events.on("job.started", ({ job }) => tell("started", job));
      events.on("job.done", ({ job }) => tell("done", job));
      meter.start();
      void new Worker({ store, registry, events }, options).run();
      return undefined;
    case "insert": {
      const job = benchJob();
      const at = sharedClock();
      await store.insert([job]);
      return { id: job.id, at };
    }
    case "reset":
      return meter.start();
    case "measure":
      return { ...meter.read(1), mostHeld };
  }
});
