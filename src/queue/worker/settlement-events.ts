import type { Events } from "../../events.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { Settlement } from "../../jobs/job-store.ts";

interface Settled {
  readonly job: JobRecord;
  readonly ms: number;
}

/** Tells what became of a job, once the store has it. */
export function reportSettlement(events: Events, { job, ms }: Settled, settlement: Settlement): void {
  if (settlement.kind === "done") events.emit("job.done", { job, ms });
  if (settlement.kind === "release") events.emit("job.released", { job });
  if (settlement.kind === "fail") {
    const { error, reason } = settlement;
    events.emit("job.failed", { job, error, reason });
  }
  if (settlement.kind === "retry") {
    const { error, runAt, counted } = settlement;
    events.emit("job.retried", { job, error, runAt, counted });
  }
}
