import type { JobRecord, NewJob } from "../jobs/job-record.ts";

/** A job that was just inserted, as a store would read it. Fields before the spread: V8 takes long to add some behind one. */
export function newRecord(job: NewJob, now: Date): JobRecord {
  return { runAt: now, ...job, state: "ready", attempts: 0, crashes: 0, createdAt: now };
}
