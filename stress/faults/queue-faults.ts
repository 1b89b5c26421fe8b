import type { JobStore } from "../../src/jobs/job-store.ts";
import { NEWSLETTERS, QUEUES } from "../jobs/mix.ts";
import { persistently } from "../persistently.ts";
import type { Fault } from "./fault.ts";

/** What an operator can do to a queue. */
export function queueFaults(jobs: JobStore, leaseMs: number): Readonly<Record<string, Fault>> {
  return {
    "pause a queue": {
      weight: 3,
      of: "a queue",
      begin: async (_, random) => {
        const queue = random.pick([...QUEUES, NEWSLETTERS]) ?? "default";
        const ms = random.between(500, 2 * leaseMs);
        await persistently(() => jobs.pauseQueue(queue));
        return { ms, end: () => persistently(() => jobs.resumeQueue(queue)) };
      },
    },
  };
}
