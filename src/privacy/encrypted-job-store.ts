import type { JobLimit } from "../jobs/job-limit.ts";
import type { JobPageRequest, JobTally } from "../jobs/job-list.ts";
import type {
  JobFilter,
  JobFind,
  JobRecord,
  NewerJobs,
  NewJob,
  OverdueJobs,
  WaitingJobs,
} from "../jobs/job-record.ts";
import type {
  AttemptNote,
  BulkOptions,
  ClaimRequest,
  Inserted,
  InsertOptions,
  JobStore,
  JobTexts,
  Lease,
  OneClaim,
  QueueCount,
  Reaped,
  RemoveOptions,
  Settlement,
} from "../jobs/job-store.ts";
import type { Keyring } from "./keyring.ts";
import { openCall, sealCall, sealValue } from "./sealed-call.ts";

/**
 * A job store whose jobs are encrypted before they are stored and decrypted after they are read: arguments, params, checkpoints and results. Which
 * mailer and action, queues, times, unique keys, progress and errors stay readable, because stores and people look for them.
 */
export class EncryptedJobStore implements JobStore {
  readonly #store: JobStore;
  readonly #keyring: Keyring;

  constructor(store: JobStore, keyring: Keyring) {
    this.#store = store;
    this.#keyring = keyring;
  }

  async insert(jobs: readonly NewJob[], options?: InsertOptions): Promise<readonly Inserted[]> {
    const sealed = jobs.map((job) => sealCall(job, this.#keyring));
    const inserted = await this.#store.insert(sealed, options);
    return inserted.map(({ record, ...rest }) => ({ ...rest, record: this.#opened(record) }));
  }

  async replace(id: string, job: NewJob, options?: InsertOptions): Promise<JobRecord | undefined> {
    const replaced = await this.#store.replace(id, sealCall(job, this.#keyring, id), options);
    return replaced && this.#opened(replaced);
  }

  async claim(request: ClaimRequest): Promise<readonly JobRecord[]> {
    return (await this.#store.claim(request)).map((job) => this.#opened(job));
  }

  async claimOne(id: string, claim: OneClaim): Promise<JobRecord | undefined> {
    const job = await this.#store.claimOne(id, claim);
    return job && this.#opened(job);
  }

  settle(settlements: readonly Settlement[]): Promise<readonly Lease[]> {
    return this.#store.settle(settlements.map((settlement) => this.#sealed(settlement)));
  }

  async reap(workerId?: string): Promise<Reaped> {
    const { failed, ...reaped } = await this.#store.reap(workerId);
    return { ...reaped, failed: failed.map((job) => this.#opened(job)) };
  }

  async find(find: JobFind): Promise<readonly JobRecord[]> {
    return (await this.#store.find(find)).map((job) => this.#opened(job));
  }

  async get(id: string): Promise<JobRecord | undefined> {
    const job = await this.#store.get(id);
    return job && this.#opened(job);
  }

  async page(request: JobPageRequest): Promise<readonly JobRecord[]> {
    return (await this.#store.page(request)).map((job) => this.#opened(job));
  }

  tally(most: number): Promise<JobTally> {
    return this.#store.tally(most);
  }

  open(): Promise<void> {
    return this.#store.open();
  }

  extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    return this.#store.extend(leases, leaseMs);
  }

  lost(leases: readonly Lease[]): Promise<readonly Lease[]> {
    return this.#store.lost(leases);
  }

  forgive(lease: Lease): Promise<boolean> {
    return this.#store.forgive(lease);
  }

  note(lease: Lease, { checkpoint, ...note }: AttemptNote): Promise<boolean> {
    if (checkpoint === undefined) return this.#store.note(lease, note);
    const sealed = sealValue(lease.id, "checkpoint", checkpoint, this.#keyring);
    return this.#store.note(lease, { ...note, checkpoint: sealed });
  }

  count(filter: JobFilter): Promise<number> {
    return this.#store.count(filter);
  }

  liveKeys(keys: readonly string[]): Promise<readonly string[]> {
    return this.#store.liveKeys(keys);
  }

  counts(): Promise<readonly QueueCount[]> {
    return this.#store.counts();
  }

  overdue(before: Date): Promise<readonly OverdueJobs[]> {
    return this.#store.overdue(before);
  }

  newer(format: number, before: Date): Promise<NewerJobs | undefined> {
    return this.#store.newer(format, before);
  }

  waiting(group: string): Promise<readonly WaitingJobs[]> {
    return this.#store.waiting(group);
  }

  retry(id: string): Promise<boolean> {
    return this.#store.retry(id);
  }

  retryAll(filter: JobFilter, options?: BulkOptions): Promise<number> {
    return this.#store.retryAll(filter, options);
  }

  reschedule(id: string, runAt: Date): Promise<boolean> {
    return this.#store.reschedule(id, runAt);
  }

  remove(id: string): Promise<boolean> {
    return this.#store.remove(id);
  }

  cancel(id: string): Promise<boolean> {
    return this.#store.cancel(id);
  }

  removeAll(filter: JobFilter, options?: RemoveOptions): Promise<number> {
    return this.#store.removeAll(filter, options);
  }

  rewriteTexts(id: string, texts: JobTexts): Promise<boolean> {
    return this.#store.rewriteTexts(id, texts);
  }

  removeFailedBefore(ms: number): Promise<number> {
    return this.#store.removeFailedBefore(ms);
  }

  wakeGroup(group: string): Promise<number> {
    return this.#store.wakeGroup(group);
  }

  startParked(group: string, runAt?: Date): Promise<number> {
    return this.#store.startParked(group, runAt);
  }

  putBehind(leases: readonly Lease[], limits: readonly JobLimit[]): Promise<void> {
    return this.#store.putBehind(leases, limits);
  }

  bringForward(limit: JobLimit, count: number): Promise<number> {
    return this.#store.bringForward(limit, count);
  }

  nextBehind(key: string): Promise<JobLimit | undefined> {
    return this.#store.nextBehind(key);
  }

  countBehind(key: string, most: number): Promise<number> {
    return this.#store.countBehind(key, most);
  }

  hasLive(group: string): Promise<boolean> {
    return this.#store.hasLive(group);
  }

  releaseDone(group: string): Promise<void> {
    return this.#store.releaseDone(group);
  }

  dropGroup(group: string): Promise<number> {
    return this.#store.dropGroup(group);
  }

  pauseQueue(queue: string): Promise<void> {
    return this.#store.pauseQueue(queue);
  }

  resumeQueue(queue: string): Promise<void> {
    return this.#store.resumeQueue(queue);
  }

  pausedQueues(): Promise<readonly string[]> {
    return this.#store.pausedQueues();
  }

  nextDue(request: ClaimRequest, withinMs: number): Promise<Date | undefined> {
    return this.#store.nextDue(request, withinMs);
  }

  watch(ring: () => void): () => void {
    return this.#store.watch(ring);
  }

  watchTaken(look: () => void): () => void {
    return this.#store.watchTaken(look);
  }

  get isWatching(): boolean {
    return this.#store.isWatching;
  }

  get clockOffset(): number {
    return this.#store.clockOffset;
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #opened(job: JobRecord): JobRecord {
    return openCall(job, this.#keyring);
  }

  #sealed(settlement: Settlement): Settlement {
    const { id, kind } = settlement;
    if (kind === "retry" && settlement.checkpoint !== undefined)
      return { ...settlement, checkpoint: sealValue(id, "checkpoint", settlement.checkpoint, this.#keyring) };
    if (kind === "done" && settlement.result !== undefined)
      return { ...settlement, result: sealValue(id, "result", settlement.result, this.#keyring) };
    return settlement;
  }
}
