import type { JobRecord, NewJob } from "../../../src/jobs/job-record.ts";
import type { ClaimRequest, JobStore, Lease } from "../../../src/jobs/job-store.ts";
import { aJob } from "../../support/jobs.ts";

export interface JobStoreOptions {
  readonly retention?: number;
}

export interface JobStoreUnderTest {
  /** Opens a store on one database; a second call opens another store on the same one. */
  open(options?: JobStoreOptions): Promise<JobStore>;
  /** Closes all stores and drops the database. */
  close(): Promise<void>;
}

export interface Started {
  readonly under: JobStoreUnderTest;
  readonly store: JobStore;
}

/** What the parts of the contract begin with. */
export interface Setup {
  start(options?: JobStoreOptions): Promise<Started>;
  /** A store with one job that is leased. */
  leased(changes?: Partial<NewJob>, claim?: Partial<ClaimRequest>): Promise<Started & { job: JobRecord }>;
}

export const PAST = new Date(Date.now() - 60_000);
export const FUTURE = new Date(Date.now() + 3_600_000);

export function setupOf(start: Setup["start"]): Setup {
  return {
    start,
    leased: async (changes, claim) => {
      const started = await start();
      await started.store.insert([aJob({ runAt: PAST, ...changes })]);
      const [job] = await started.store.claim(request(claim));
      if (job === undefined) throw new Error("The job was not claimed.");
      return { ...started, job };
    },
  };
}

export function request(changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return { workerId: "worker-1", token: crypto.randomUUID(), limit: 10, leaseMs: 30_000, ...changes };
}

export function keyOf({ id, lockToken = "" }: JobRecord): Lease {
  return { id, token: lockToken };
}

/** A claimed job as the store has it: the times of its lease are the server's. */
export async function unchanged(store: JobStore, job: JobRecord): Promise<JobRecord | undefined> {
  const now = await store.get(job.id);
  return now && { ...job, lockedAt: now.lockedAt!, lockedUntil: now.lockedUntil! };
}
