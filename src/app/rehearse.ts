import { setTimeout as sleep } from "node:timers/promises";
import type { Newsletter } from "../jobs/newsletter.ts";
import { REHEARSALS } from "../newsletters/newsletters.ts";
import type { Worker } from "../queue/worker/worker.ts";
import type { WorkerOptions } from "../queue/worker/worker-options.ts";

/** How often is looked whether other workers are done with what they took, in ms. */
const LOOK_AGAIN_MS = 100;
const JOBS_AT_ONCE = 1_000;

/** Makes the mails of a rehearsal here and now, with whatever workers help; resolves when all are made. */
export async function performRehearsal(
  newsletter: Newsletter,
  app: { worker(options: WorkerOptions): Worker },
): Promise<void> {
  const worker = app.worker({ queues: [REHEARSALS], limits: { [REHEARSALS]: 1 } });
  for (;;) {
    await worker.workOff(JOBS_AT_ONCE);
    if ((await newsletter.progress()).state !== "running") return;
    await sleep(LOOK_AGAIN_MS);
  }
}
