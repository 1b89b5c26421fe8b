import type { Events } from "../events.ts";
import { batchGroup, callbackGroup } from "../jobs/batch.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { BatchCounts, BatchRecord, BatchStore } from "./batch-store.ts";

export interface BatchParts {
  readonly jobs: JobStore;
  readonly batches: BatchStore;
  readonly events: Events;
}

/**
 * Ends a batch of which no job waits or runs. Its callbacks are in the store since it began, parked: to give one its time is a single
 * write that changes nothing the second time, so whoever goes on after a crash, or at the same time, can do it all again.
 * @throws StoreError
 */
export async function endBatch(record: BatchRecord, parts: BatchParts): Promise<void> {
  const { jobs, batches, events } = parts;
  const { id, key, total } = record;
  const decided = record.state === "ending" ? record : await decide(record, parts);
  const counts = decided?.state === "ending" ? decided.counts : undefined;
  if (counts === undefined) return;
  await jobs.startParked(callbackGroup(id, "complete"));
  if (counts.done === total) await jobs.startParked(callbackGroup(id, "success"));
  else await jobs.dropGroup(callbackGroup(id, "success"));
  await jobs.releaseDone(batchGroup(id));
  const isOurs = await batches.end(id, new Date(Date.now() + jobs.clockOffset));
  if (isOurs) events.emit("batch.ended", { id, key, total, ...counts });
}

async function decide(
  { id, total }: BatchRecord,
  { jobs, batches }: BatchParts,
): Promise<BatchRecord | undefined> {
  if (await jobs.hasLive(batchGroup(id))) return undefined;
  return batches.decide(id, await countsOf(id, total, jobs));
}

/** What is neither done nor failed nor pending is not there any more. */
export async function countsOf(
  id: string,
  total: number,
  jobs: Pick<JobStore, "count">,
  pending = 0,
): Promise<BatchCounts> {
  const group = batchGroup(id);
  const [done, failed] = await Promise.all([
    jobs.count({ group, state: "done" }),
    jobs.count({ group, state: "failed" }),
  ]);
  return { done, failed, cancelled: Math.max(0, total - done - failed - pending) };
}
