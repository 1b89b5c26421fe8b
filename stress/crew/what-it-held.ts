import { hostname } from "node:os";
import { StoreError } from "../../src/index.ts";
import type { JobStore } from "../../src/jobs/job-store.ts";
import type { Ledger } from "../ledger.ts";

/** Writes down which jobs a worker that died held, where the store can be asked. */
export async function whatItHeld(pid: number, jobs: JobStore, ledger: Ledger): Promise<void> {
  const worker = `${hostname()}:${pid}:`;
  try {
    const leased = await jobs.find({ state: "leased", limit: 10_000 });
    const ids = leased.filter(({ lockedBy = "" }) => lockedBy.startsWith(worker)).map(({ id }) => id);
    ledger.write({ what: "held", target: pid, ids });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
