/** What the jobs of a batch came to. */
export interface BatchCounts {
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
}

/**
 * `storing`: its jobs are being stored, parked. `starting`: all are stored, and are given their time. `ending`: none is left, and what it
 * came to is decided; its callbacks are given their time. `ended`: nothing of it is left to do.
 */
export type StoredBatchState = "storing" | "starting" | "running" | "ending" | "ended";

export const OPEN_BATCH_STATES = ["storing", "starting", "running", "ending"] as const;

export interface BatchRecord {
  /** 24 hex digits, ascending with the time of creation. */
  readonly id: string;
  readonly key: string;
  readonly total: number;
  readonly state: StoredBatchState;
  readonly createdAt: Date;
  /** When its jobs are due. Absent means at once. */
  readonly runAt?: Date;
  /** Once that is decided. */
  readonly counts?: BatchCounts;
  readonly endedAt?: Date;
}

export type NewBatch = Omit<BatchRecord, "state" | "counts" | "endedAt">;

/**
 * Where batches live; what their jobs came to is counted from the jobs. The contract is test/contracts/batch-store.ts: every step is one
 * atomic write that only one of several gets to make.
 */
export interface BatchStore {
  /** @returns the batch that has the key: this one, `storing`, or another that had it before */
  begin(batch: NewBatch): Promise<{ readonly record: BatchRecord; readonly inserted: boolean }>;
  /** From one state to the next. @returns false when it is in another state, or gone */
  advance(id: string, from: StoredBatchState, to: StoredBatchState): Promise<boolean>;
  /** Of a running one, what it came to: it is `ending` after that. @returns it as it is then, undefined when it is gone */
  decide(id: string, counts: BatchCounts): Promise<BatchRecord | undefined>;
  /** @returns false when it was not `ending` */
  end(id: string, at: Date): Promise<boolean>;
  find(idOrKey: string): Promise<BatchRecord | undefined>;
  /** Newest first. */
  list(limit: number): Promise<readonly BatchRecord[]>;
  /** Those that have not ended, oldest first. */
  open(): Promise<readonly BatchRecord[]>;
  /** The ids of those that ended before this time. */
  endedBefore(time: Date): Promise<readonly string[]>;
  /** Gives it another key. @returns false when it is gone */
  rename(id: string, key: string): Promise<boolean>;
  /** @param state only while it is in this state @returns false when there is none */
  remove(id: string, state: StoredBatchState): Promise<boolean>;
}
