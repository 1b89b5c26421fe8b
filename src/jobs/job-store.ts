import type { JobLimit } from "./job-limit.ts";
import type { JobPageRequest, JobTally } from "./job-list.ts";
import type {
  AttemptError,
  JobFilter,
  JobFind,
  JobProgress,
  JobRecord,
  JobState,
  Json,
  NewerJobs,
  NewJob,
  OverdueJobs,
  WaitingJobs,
} from "./job-record.ts";

export interface InsertOptions {
  /** The caller's mongoose session: the jobs join its transaction. Stores without sessions refuse it. */
  readonly session?: unknown;
  /** Whether the jobs join the transaction around the call, where the store's library keeps it. @default false */
  readonly joinsAmbient?: boolean;
}

export interface Inserted {
  readonly record: JobRecord;
  /** False when a live job already held the unique key; `record` is then that job. */
  readonly inserted: boolean;
}

/** In which order jobs of several queues are taken. */
export type ClaimOrder = "fair" | "priority" | "strict";

export interface ClaimRequest {
  /** Who claims, for `lockedBy`. */
  readonly workerId: string;
  /** Random, new for every claim. */
  readonly token: string;
  readonly limit: number;
  /** How long the claim lasts unless extended, in ms. */
  readonly leaseMs: number;
  /** Only these queues; empty or absent means all. */
  readonly queues?: readonly string[];
  /** Never these queues. */
  readonly exceptQueues?: readonly string[];
  /** Inclusive. */
  readonly minPriority?: number;
  /** Inclusive. */
  readonly maxPriority?: number;
  /** @default "fair" */
  readonly order?: ClaimOrder;
  /** How many jobs a queue gets for one of another, where the order is fair. @default 1 */
  readonly weights?: Readonly<Record<string, number>>;
  /** How many jobs of a queue at most; queues not named may fill the claim. */
  readonly room?: Readonly<Record<string, number>>;
  /** How many at most of the jobs that are failed as `crashed` if this claim's lease runs out. Defaults to as many as are due. */
  readonly poisonous?: number;
}

/** A claim of one job that is known by its id. */
export type OneClaim = Pick<ClaimRequest, "workerId" | "token" | "leaseMs">;

/** How an attempt ended; written only while the job still carries `token`. */
export type Settlement = { readonly id: string; readonly token: string } & (
  | {
      readonly kind: "done";
      /** How long the job's unique key stays taken, in ms. */
      readonly holdKeyMs?: number;
      /** How long the job is kept at least, in ms. */
      readonly keepMs?: number;
      /** Kept with the job. */
      readonly result?: Json;
      /** Why it has no result, for `lastError`. */
      readonly error?: string;
    }
  | {
      readonly kind: "retry";
      readonly runAt: Date;
      readonly error: string;
      /** Which attempt it was, for `errors`. */
      readonly attempt?: number;
      /** False gives the attempt back. */
      readonly counted: boolean;
      readonly checkpoint?: Json;
    }
  | {
      readonly kind: "fail";
      readonly error: string;
      /** Which attempt it was, for `errors`. */
      readonly attempt?: number;
      readonly reason: string;
      /** False deletes the job instead. @default true */
      readonly keep?: boolean;
    }
  /** Handed back unperformed: ready at once, attempt given back. */
  | { readonly kind: "release" }
);

/** What a running attempt leaves in the store before it ends. */
export interface AttemptNote {
  readonly progress?: Omit<JobProgress, "at">;
  readonly checkpoint?: Json;
}

/** Whether the job may be claimed again at once, so that waiting workers are to be told. */
export function isDueNow(settlement: Settlement, now: Date): boolean {
  return settlement.kind === "release" || (settlement.kind === "retry" && settlement.runAt <= now);
}

export interface Lease {
  readonly id: string;
  readonly token: string;
}

export interface Reaped {
  /** Jobs made ready again. */
  readonly freed: number;
  /** Jobs failed as `crashed` because their attempts, or three leases, are used up. */
  readonly failed: readonly JobRecord[];
}

/** How many jobs are changed at most in one step, so that workers get their turns between two. */
export const BULK_SLICE = 500;

export interface BulkOptions {
  /** How many jobs at most; others stay for the next call. Defaults to all. */
  readonly most?: number;
}

export interface RemoveOptions extends BulkOptions {
  /** Running jobs too: their workers lose them. @default false */
  readonly running?: boolean;
}

/** What people read of a job. */
export interface JobTexts {
  readonly lastError?: string;
  readonly errors?: readonly AttemptError[];
  readonly progress?: string;
}

export interface QueueCount {
  readonly queue: string;
  readonly state: JobState;
  readonly count: number;
}

/** How many leases of one job may run out before it is failed as `crashed`, where the job does not say. */
export const MAX_CRASHES = 3;

/** A job whose `crashes` may not have been read. It then counts as one without crashes. */
interface Crashed {
  readonly crashes?: number;
}

/** Whether so many workers died while they held the job that it fails as `crashed` when one more does. */
export function isPoisonous({ crashes = 0 }: Crashed): boolean {
  return crashes >= MAX_CRASHES - 1;
}

/**
 * Leaves out poisonous jobs beyond `most`. A poisonous job may kill its worker again. A worker that holds one of them at a time shows
 * which job it is, and the jobs that were only held beside it end well.
 */
export function withFewPoisonous<T extends Crashed>(
  jobs: readonly T[],
  most: number = Number.POSITIVE_INFINITY,
): readonly T[] {
  let left = most;
  return jobs.filter((job) => !isPoisonous(job) || left-- > 0);
}

/**
 * Where jobs live. The contract, run by every store from test/contracts/job-store.ts:
 *
 * - `insert` is durable when it resolves, all or nothing per job, and keeps the order given. A job whose `uniqueKey` is
 *   taken is not inserted; the holder is returned instead, and a caller's transaction stays usable. A key is taken while a
 *   job that has it is waiting or running, and for `holdKeyMs` after it was done.
 * - `claim` takes due ready jobs of queues that are not paused, within one queue best priority first, then earliest `runAt`, then id, and
 *   between queues as `QueueRotation` says; sets state, lock fields and `attempts + 1` in one atomic step per job. No job is held by two claims.
 * - `settle` writes only jobs that are leased with the token given; it resolves to the leases that were lost.
 * - `extend` lengthens leases; it resolves to those that were lost, and so does `lost`.
 * - `reap` frees leases past `lockedUntil` by one guarded update each; two reapers never count one lease twice. A job with `maxCrashes`
 *   is failed at that many lost leases and at no other limit: an attempt that ended by a lost lease is given back.
 * - Time is the store's: the server's clock on MongoDB, the machine's on SQLite.
 * - Failed jobs are kept until removed or retried. Done jobs are deleted, or kept for the retention time.
 */
export interface JobStore {
  /** Connects and checks or creates what the store needs. @throws StoreError */
  open(): Promise<void>;
  insert(jobs: readonly NewJob[], options?: InsertOptions): Promise<readonly Inserted[]>;
  claim(request: ClaimRequest): Promise<readonly JobRecord[]>;
  /**
   * Takes this very job, whether it waits or failed, whether or not it is due, its queue is paused and others are before it. One that
   * is parked is left alone, because whoever parked it gives it its time.
   * @returns undefined when there is no such job in state ready or failed
   * @throws DuplicateKeyError when another job has the unique key of a failed one
   */
  claimOne(id: string, claim: OneClaim): Promise<JobRecord | undefined>;
  settle(settlements: readonly Settlement[]): Promise<readonly Lease[]>;
  extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]>;
  /** Which of these leases were lost; it lengthens none, and only reads. */
  lost(leases: readonly Lease[]): Promise<readonly Lease[]>;
  /**
   * Sets the crashes of a leased job back to 0, because it got on since, and gives back the attempts they cost.
   * @returns false when the lease was lost; nothing is written then
   */
  forgive(lease: Lease): Promise<boolean>;
  /**
   * Writes how far a leased job is, and what its next attempt is to know.
   * @returns false when the lease was lost; nothing is written then
   */
  note(lease: Lease, note: AttemptNote): Promise<boolean>;
  /** @param workerId frees the leases of this worker, which is known to be gone, whether or not they ran out */
  reap(workerId?: string): Promise<Reaped>;
  find(find: JobFind): Promise<readonly JobRecord[]>;
  get(id: string): Promise<JobRecord | undefined>;
  /** A page of jobs, as many index entries long as it has jobs. */
  page(request: JobPageRequest): Promise<readonly JobRecord[]>;
  count(filter: JobFilter): Promise<number>;
  /** Counts jobs by state, and waiting ones by queue, none of them beyond `most`. */
  tally(most: number): Promise<JobTally>;
  /** Which of these unique keys a waiting or running job has. */
  liveKeys(keys: readonly string[]): Promise<readonly string[]>;
  /** Jobs by queue and state; states and queues without jobs are left out. */
  counts(): Promise<readonly QueueCount[]>;
  /** By queue: jobs that wait and were due before this time, and those whose lease ran out before it and was not freed. */
  overdue(before: Date): Promise<readonly OverdueJobs[]>;
  /** Waiting jobs in a higher format than this that were stored before that time; undefined when there is none. */
  newer(format: number, before: Date): Promise<NewerJobs | undefined>;
  /** The waiting jobs of a group by the error of their last attempts, the most first. */
  waiting(group: string): Promise<readonly WaitingJobs[]>;
  /**
   * Makes a failed or waiting job due now, its attempts and crashes at 0 and its error cleared; the checkpoint stays.
   * @returns false when there is no such job in state failed or ready
   * @throws DuplicateKeyError when another job took its unique key meanwhile
   */
  retry(id: string): Promise<boolean>;
  /**
   * The same for all jobs that fit and had failed when it was called, in slices of `BULK_SLICE`; those whose key is taken stay failed. An
   * error leaves the slices before it done. @returns how many are tried again
   */
  retryAll(filter: JobFilter, options?: BulkOptions): Promise<number>;
  /** Gives a waiting job another time. @returns false when there is no such job in state ready */
  reschedule(id: string, runAt: Date): Promise<boolean>;
  /** Removes a job that no worker holds. @returns false when there is none */
  remove(id: string): Promise<boolean>;
  /**
   * Removes a job that is waiting or running. The worker that runs it loses its lease, and aborts the job.
   * @returns false when there is no such job in state ready or leased
   */
  cancel(id: string): Promise<boolean>;
  /** Removes all jobs that fit, in slices of `BULK_SLICE`, running ones only where asked to. @returns how many */
  removeAll(filter: JobFilter, options?: RemoveOptions): Promise<number>;
  /** Puts other texts in the place of those that a job has, whatever its state. @returns false when it is gone or has none of them */
  rewriteTexts(id: string, texts: JobTexts): Promise<boolean>;
  /** Removes jobs that failed longer ago than so many ms, but for those of a group, which go with their group. @returns how many */
  removeFailedBefore(ms: number): Promise<number>;
  /**
   * Puts another call, of the same unique key, in the place of a waiting one, which keeps its id.
   * @returns undefined when there is no such job in state ready
   */
  replace(id: string, job: NewJob, options?: InsertOptions): Promise<JobRecord | undefined>;
  /** Makes all waiting jobs of the group due now. @returns how many */
  wakeGroup(group: string): Promise<number>;
  /** Gives the jobs of the group that were stored as parked their time, now unless given; others are left alone. @returns how many */
  startParked(group: string, runAt?: Date): Promise<number>;
  /**
   * Gives up these leases, uncounted, and puts their jobs, and all others of these very limits that are due, behind: no claim meets them
   * until they are brought forward. Jobs of the same key whose limit has other numbers stay where they are.
   */
  putBehind(leases: readonly Lease[], limits: readonly JobLimit[]): Promise<void>;
  /** Lets the first so many that are behind this very limit be claimed: best priority first, then earliest. @returns how many */
  bringForward(limit: JobLimit, count: number): Promise<number>;
  /** The limit with the next key, in order, that has jobs behind it; of several with one key, any. */
  nextBehind(key: string): Promise<JobLimit | undefined>;
  /** How many jobs are behind the limit of this key, counted up to `most`. */
  countBehind(key: string, most: number): Promise<number>;
  /** Whether a job of the group waits or runs. */
  hasLive(group: string): Promise<boolean>;
  /** Done jobs that were kept for their group are kept no longer than their own results and keys ask for. */
  releaseDone(group: string): Promise<void>;
  /** Removes all waiting jobs of the group. @returns how many */
  dropGroup(group: string): Promise<number>;
  /** No job of the queue is claimed any more, by any worker; what runs goes on. Elsewhere it is known within seconds. */
  pauseQueue(queue: string): Promise<void>;
  resumeQueue(queue: string): Promise<void>;
  pausedQueues(): Promise<readonly string[]>;
  /** When the first job that this claim could have becomes due, if that is within so many ms from now. */
  nextDue(request: ClaimRequest, withinMs: number): Promise<Date | undefined>;
  /** Calls `ring` soon after a job may have become ready, from any process where the store can tell. @returns stop */
  watch(ring: () => void): () => void;
  /** Calls `look` when a job that may be running was taken back through this store object. @returns stop */
  watchTaken(look: () => void): () => void;
  /** Whether `watch` hears of jobs that other processes stored, so that there is no need to poll for them often. */
  readonly isWatching: boolean;
  /** How far the store's clock is ahead of this process's, in ms. */
  readonly clockOffset: number;
  close(): Promise<void>;
}

/** A job that was just inserted, as a store would read it. Fields before the spread: V8 takes long to add some behind one. */
export function newRecord(job: NewJob, now: Date): JobRecord {
  return { runAt: now, ...job, state: "ready", attempts: 0, crashes: 0, createdAt: now };
}

/** `watchTaken` of a store: tells workers at once when jobs were taken back through it; those of other processes look every second. */
export class TakenJobs {
  readonly #listeners = new Set<() => void>();

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** @returns stop */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
