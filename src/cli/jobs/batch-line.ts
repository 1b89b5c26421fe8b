import { Batch, type BatchProgress, batchIdOf, isOfBatch } from "../../jobs/batch.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { Terminal } from "../command.ts";
import { printable } from "../output.ts";

/** How far a batch is, in one line. */
export function batchLine(
  key: string,
  { total, done, failed, cancelled, pending, state }: BatchProgress,
): string {
  return `${printable(key)}: ${state}, ${done} of ${total} done, ${failed} failed, ${cancelled} cancelled, ${pending} pending`;
}

/** The line behind what is shown of a job that belongs to a batch. */
export async function showBatchOf(job: JobRecord, { out }: Terminal): Promise<void> {
  const id = batchIdOf(job);
  const batch = id === undefined ? undefined : await Batch.find(id);
  if (batch === undefined) return;
  const what = isOfBatch(job) ? "batch" : "callback of";
  out.write(`${what.padEnd(12)} ${batchLine(batch.key, await batch.progress())}\n`);
}
