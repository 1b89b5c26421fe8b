import type { JobFilter, JobFind, JobRecord, OverdueJobs, QueueStatus } from "./job-record.ts";

/** Where jobs are looked up and acted on: the configured application. */
export interface JobDesk {
  get(id: string): Promise<JobRecord | undefined>;
  find(find: JobFind): Promise<readonly JobRecord[]>;
  count(filter: JobFilter): Promise<number>;
  retry(id: string): Promise<boolean>;
  remove(id: string): Promise<boolean>;
  cancel(id: string): Promise<boolean>;
  reschedule(id: string, runAt: Date): Promise<boolean>;
  retryAll(filter: JobFilter): Promise<number>;
  removeAll(filter: JobFilter, options: { readonly running: boolean }): Promise<number>;
  /** Jobs of queues that are not paused which nobody has worked for so long, in ms, though they are due. */
  overdue(ms: number): Promise<readonly OverdueJobs[]>;
  queues(): Promise<readonly QueueStatus[]>;
  pauseQueue(queue: string): Promise<void>;
  resumeQueue(queue: string): Promise<void>;
  /** The arguments as they were given. */
  argsOf(record: JobRecord): readonly unknown[];
  /** What `.with({ ... })` gave. */
  paramsOf(record: JobRecord): Readonly<Record<string, unknown>>;
}
