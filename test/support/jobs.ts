import type { NewJob } from "../../src/jobs/job-record.ts";
import { newObjectId } from "../../src/jobs/object-id.ts";

/** A job to insert, with everything that a test does not care about filled in. */
export function aJob(changes: Partial<NewJob> = {}): NewJob {
  return {
    id: newObjectId(),
    handler: "Probe",
    action: "go",
    args: [],
    params: {},
    meta: {},
    queue: "default",
    priority: 0,
    maxAttempts: 25,
    ...changes,
  };
}

export function someJobs(
  count: number,
  changes: (index: number) => Partial<NewJob> = () => ({}),
): readonly NewJob[] {
  return Array.from({ length: count }, (_, index) => aJob(changes(index)));
}
