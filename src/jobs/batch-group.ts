import type { JobRecord } from "./job-record.ts";

/** Before the id of a batch: the group of its jobs. A newsletter's group is its bare id. */
const PREFIX = "batch:";

/** When a job is due that waits for somebody to give it its time: no claim ever comes so far. */
export const PARKED = new Date("9999-12-31T23:59:59.999Z");

/** What a batch stores when all its jobs ended, and when all are done. */
export type CallbackName = "complete" | "success";

export function batchGroup(id: string): string {
  return `${PREFIX}${id}`;
}

/** The callback is no job of the batch, so it has a group of its own. */
export function callbackGroup(id: string, callback: CallbackName): string {
  return `${PREFIX}${id}/${callback}`;
}

/** The id of the batch that a job belongs to, as one of its jobs or as its callback. */
export function batchIdOf({ group }: Pick<JobRecord, "group">): string | undefined {
  return group?.startsWith(PREFIX) ? group.slice(PREFIX.length).split("/")[0] : undefined;
}

/** Whether it counts for a batch; a callback does not. */
export function isOfBatch({ group }: Pick<JobRecord, "group">): boolean {
  return group?.startsWith(PREFIX) === true && !group.includes("/");
}
