import { batchGroup, callbackGroup } from "../jobs/batch.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { BatchStore, StoredBatchState } from "./batch-store.ts";

export interface Removing {
  readonly jobs: Pick<JobStore, "removeAll">;
  readonly batches: Pick<BatchStore, "remove">;
}

/** Removes a batch in this state, with whatever is kept of its jobs and waits of its callbacks. @returns false when there is none */
export async function removeBatch(
  id: string,
  state: StoredBatchState,
  { jobs, batches }: Removing,
): Promise<boolean> {
  if (!(await batches.remove(id, state))) return false;
  for (const group of [batchGroup(id), callbackGroup(id, "complete"), callbackGroup(id, "success")])
    await jobs.removeAll({ group });
  return true;
}
