import { type JobRecord, type Plugin, runWorker } from "../../src/index.ts";
import type { Ledger } from "../ledger.ts";
import { leave, setUp } from "./setup.ts";

const LOOK_EVERY_MS = 50;
/** Less than this is everyday business of a busy machine. */
const WORTH_TELLING_MS = 200;

/** Writes down what a worker does, as its plugins and the listeners of its events are told. */
function keptIn(ledger: Ledger): Plugin {
  return (lifecycle, events) => {
    events.on("worker.started", ({ worker }) => {
      ledger.write({ what: "worker", worker });
      process.send?.("ready");
    });
    events.on("job.started", ({ job }) => {
      const { attempts: attempt, maxAttempts } = job;
      ledger.write({ what: "started", ...runOf(job), attempt, maxAttempts });
    });
    lifecycle.around("invoke", async ({ job }, next) => {
      const end = (well: boolean) => ledger.write({ what: "ended", ...runOf(job), well });
      await next().then(
        () => end(true),
        (error: unknown) => {
          end(false);
          throw error;
        },
      );
    });
    events.on("job.done", ({ job }) => ledger.write({ what: "done", ...runOf(job) }));
    events.on("job.retried", ({ job }) => ledger.write({ what: "retried", ...runOf(job) }));
    events.on("job.released", ({ job }) => ledger.write({ what: "released", ...runOf(job) }));
    events.on("job.failed", ({ job, reason }) => ledger.write({ what: "failed", ...runOf(job), reason }));
    events.on("job.lost", ({ id }) => ledger.write({ what: "lost", id }));
  };
}

/** A job that was given up because its workers died has no claim any more. */
function runOf({ id, args: [call], lockToken: token = "" }: JobRecord): {
  readonly id: string;
  readonly call: string;
  readonly token: string;
} {
  return { id, call: String(call), token };
}

/** Tells when this process did not get to run, for whatever reason. */
function watchLag(ledger: Ledger): void {
  let last = performance.now();
  setInterval(() => {
    const ms = performance.now() - last - LOOK_EVERY_MS;
    last += ms + LOOK_EVERY_MS;
    if (ms > WORTH_TELLING_MS) ledger.write({ what: "lagged", ms });
  }, LOOK_EVERY_MS).unref();
}

const { ledger } = setUp((ledger) => [keptIn(ledger)]);
watchLag(ledger);
await runWorker(process.argv.slice(2));
leave();
