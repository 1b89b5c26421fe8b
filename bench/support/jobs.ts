import { ObjectId } from "bson";
import type { NewJob } from "../../src/job-record.ts";
import { PAYLOAD } from "./contender.ts";

/** A job of 200 bytes. */
export function benchJob(more: Partial<NewJob> = {}): NewJob {
  return {
    id: new ObjectId().toHexString(),
    performable: "Bench",
    action: "run",
    args: [PAYLOAD],
    params: {},
    meta: {},
    queue: "default",
    priority: 0,
    maxAttempts: 25,
    ...more,
  };
}
