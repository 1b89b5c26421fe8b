import { InvalidOptionsError } from "../../../errors/errors.ts";
import type { JobLimit } from "../../../jobs/job-limit.ts";
import type { JobPageRequest, JobTally } from "../../../jobs/job-list.ts";
import type {
  JobFilter,
  JobFind,
  JobRecord,
  NewerJobs,
  NewJob,
  OverdueJobs,
  WaitingJobs,
} from "../../../jobs/job-record.ts";
import {
  type AttemptNote,
  type BulkOptions,
  type ClaimRequest,
  type Inserted,
  type InsertOptions,
  isDueNow,
  type JobStore,
  type JobTexts,
  type Lease,
  type OneClaim,
  type QueueCount,
  type Reaped,
  type RemoveOptions,
  type Settlement,
  TakenJobs,
} from "../../../jobs/job-store.ts";
import type { Database } from "../database.ts";
import { leaseClock } from "../lease-clock.ts";
import { migrate } from "../migrate.ts";
import { retryWhileBusy } from "../retry-while-busy.ts";
import { storeErrors } from "../sqlite-error.ts";
import { BulkUpdates } from "./bulk-updates.ts";
import { JobClaim } from "./job-claim.ts";
import { JobClaimOne } from "./job-claim-one.ts";
import { JobInsert } from "./job-insert.ts";
import { JobLimits } from "./job-limits.ts";
import { JobNotifier } from "./job-notifier.ts";
import { JobPages } from "./job-pages.ts";
import { JOB_SCHEMA } from "./job-schema.ts";
import { JobSearch } from "./job-search.ts";
import { JobSettle } from "./job-settle.ts";
import { JobUpdates } from "./job-updates.ts";

export interface SqliteJobStoreOptions {
  /** How long done jobs are kept, in ms. @default 0, which deletes them at once */
  readonly retention?: number;
  /** The clock of all times, those of leases too. @default the machine's, and for leases one that nobody sets */
  readonly now?: () => number;
  /** Take mongoose sessions and leave them alone, for tests of applications that run on MongoDB. @default false: they are refused */
  readonly ignoreSessions?: boolean;
}

/** Jobs in an embedded SQLite file: one machine, many processes. The caller opens and closes the database. */
export class SqliteJobStore implements JobStore {
  /** It hears of new jobs: its notifier looks at the file ten times a second. */
  readonly isWatching = true;
  readonly clockOffset = 0;
  readonly #database: Database;
  readonly #now: () => number;
  readonly #leaseNow: () => number;
  readonly #ignoreSessions: boolean;
  readonly #insert: JobInsert;
  readonly #claim: JobClaim;
  readonly #claimOne: JobClaimOne;
  readonly #settle: JobSettle;
  readonly #changes: JobUpdates;
  readonly #bulk: BulkUpdates;
  readonly #search: JobSearch;
  readonly #pages: JobPages;
  readonly #limits: JobLimits;
  readonly #doorbell: JobNotifier;
  readonly #taken = new TakenJobs();

  /** @throws StoreError */
  constructor(
    database: Database,
    { retention = 0, now, ignoreSessions = false }: SqliteJobStoreOptions = {},
  ) {
    migrate(database, "jobs", JOB_SCHEMA);
    this.#database = database;
    this.#now = now ?? (() => Date.now());
    this.#leaseNow = now ?? leaseClock(database);
    this.#ignoreSessions = ignoreSessions;
    this.#insert = new JobInsert(database);
    this.#claim = new JobClaim(database);
    this.#claimOne = new JobClaimOne(database, this.#insert);
    this.#settle = new JobSettle(database, retention);
    this.#changes = new JobUpdates(database, this.#insert);
    this.#bulk = new BulkUpdates(this.#changes, (work) => this.#run(work));
    this.#search = new JobSearch(database);
    this.#pages = new JobPages(database);
    this.#limits = new JobLimits(database);
    this.#doorbell = new JobNotifier(database);
  }

  async open(): Promise<void> {}

  async insert(jobs: readonly NewJob[], { session }: InsertOptions = {}): Promise<readonly Inserted[]> {
    this.#refuse(session);
    const inserted = await this.#run(() => this.#insert.run(jobs, this.#now()));
    this.#doorbell.ring();
    return inserted;
  }

  async claim(request: ClaimRequest): Promise<readonly JobRecord[]> {
    return this.#run(() => this.#claim.run(request, this.#now(), this.#leaseNow()));
  }

  async claimOne(id: string, claim: OneClaim): Promise<JobRecord | undefined> {
    return this.#run(() => this.#claimOne.run(id, claim, { now: this.#now(), leaseNow: this.#leaseNow() }));
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly Lease[]> {
    const now = this.#now();
    const lost = await this.#run(() => this.#settle.settle(settlements, now));
    if (settlements.some((settlement) => isDueNow(settlement, new Date(now)))) this.#doorbell.ring();
    return lost;
  }

  async extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    return this.#run(() => this.#settle.extend(leases, this.#leaseNow() + leaseMs));
  }

  async lost(leases: readonly Lease[]): Promise<readonly Lease[]> {
    return this.#run(() => this.#settle.lost(leases));
  }

  async forgive(lease: Lease): Promise<boolean> {
    return this.#run(() => this.#settle.forgive(lease));
  }

  async note(lease: Lease, note: AttemptNote): Promise<boolean> {
    return this.#run(() => this.#settle.note(lease, note, this.#now()));
  }

  async reap(workerId?: string): Promise<Reaped> {
    const reaped = await this.#run(() => this.#settle.reap(this.#now(), this.#leaseNow(), workerId ?? null));
    if (reaped.freed > 0) this.#doorbell.ring();
    return reaped;
  }

  async find(find: JobFind): Promise<readonly JobRecord[]> {
    return this.#run(() => this.#search.find(find));
  }

  /** The same as `find` without a promise, because SQLite answers at once. */
  list(find: JobFind): readonly JobRecord[] {
    return storeErrors(() => this.#search.find(find));
  }

  async get(id: string): Promise<JobRecord | undefined> {
    return this.#run(() => this.#search.get(id));
  }

  async page(request: JobPageRequest): Promise<readonly JobRecord[]> {
    return this.#run(() => this.#pages.page(request));
  }

  async tally(most: number): Promise<JobTally> {
    return this.#run(() => this.#pages.tally(most));
  }

  async count(filter: JobFilter): Promise<number> {
    return this.#run(() => this.#search.count(filter));
  }

  async liveKeys(keys: readonly string[]): Promise<readonly string[]> {
    return this.#run(() => this.#search.liveKeys(keys));
  }

  async counts(): Promise<readonly QueueCount[]> {
    return this.#run(() => this.#search.counts());
  }

  async overdue(before: Date): Promise<readonly OverdueJobs[]> {
    return this.#run(() => this.#search.overdue(before.getTime(), this.#leaseNow() - this.#now()));
  }

  async newer(format: number, before: Date): Promise<NewerJobs | undefined> {
    return this.#run(() => this.#search.newer(format, before.getTime()));
  }

  async waiting(group: string): Promise<readonly WaitingJobs[]> {
    return this.#run(() => this.#search.waiting(group));
  }

  async retry(id: string): Promise<boolean> {
    return this.#ringIf(await this.#run(() => this.#changes.retry(id, this.#now())));
  }

  async retryAll(filter: JobFilter, options: BulkOptions = {}): Promise<number> {
    return this.#ringIf(await this.#bulk.retryAll(filter, () => this.#now(), options));
  }

  async reschedule(id: string, runAt: Date): Promise<boolean> {
    return this.#ringIf(await this.#run(() => this.#changes.reschedule(id, runAt.getTime())));
  }

  async remove(id: string): Promise<boolean> {
    return this.#run(() => this.#changes.remove(id));
  }

  async cancel(id: string): Promise<boolean> {
    const isCancelled = await this.#run(() => this.#changes.cancel(id));
    this.#taken.tell();
    return isCancelled;
  }

  async removeAll(filter: JobFilter, options: RemoveOptions = {}): Promise<number> {
    const removed = await this.#bulk.removeAll(filter, options);
    if (options.running) this.#taken.tell();
    return removed;
  }

  async rewriteTexts(id: string, texts: JobTexts): Promise<boolean> {
    return this.#run(() => this.#changes.rewriteTexts(id, texts));
  }

  async removeFailedBefore(ms: number): Promise<number> {
    return this.#run(() => this.#changes.removeFailedBefore(this.#now() - ms));
  }

  async replace(id: string, job: NewJob, { session }: InsertOptions = {}): Promise<JobRecord | undefined> {
    this.#refuse(session);
    return this.#ringIf(await this.#run(() => this.#changes.replace(id, job, this.#now())));
  }

  async wakeGroup(group: string): Promise<number> {
    return this.#ringIf(await this.#run(() => this.#changes.wakeGroup(group, this.#now())));
  }

  async startParked(group: string, runAt?: Date): Promise<number> {
    const at = runAt?.getTime() ?? this.#now();
    return this.#ringIf(await this.#run(() => this.#changes.startParked(group, at)));
  }

  async putBehind(leases: readonly Lease[], limits: readonly JobLimit[]): Promise<void> {
    await this.#run(() => this.#limits.putBehind(leases, limits, this.#now()));
  }

  async bringForward(limit: JobLimit, count: number): Promise<number> {
    return this.#ringIf(await this.#run(() => this.#limits.bringForward(limit, count)));
  }

  async nextBehind(key: string): Promise<JobLimit | undefined> {
    return this.#run(() => this.#limits.nextBehind(key));
  }

  async countBehind(key: string, most: number): Promise<number> {
    return this.#run(() => this.#limits.countBehind(key, most));
  }

  async hasLive(group: string): Promise<boolean> {
    return this.#run(() => this.#search.hasLive(group));
  }

  async releaseDone(group: string): Promise<void> {
    await this.#run(() => this.#changes.releaseDone(group));
  }

  async dropGroup(group: string): Promise<number> {
    return this.#run(() => this.#changes.dropGroup(group));
  }

  async pauseQueue(queue: string): Promise<void> {
    await this.#run(() => this.#changes.pauseQueue(queue, this.#now()));
  }

  async resumeQueue(queue: string): Promise<void> {
    await this.#run(() => this.#changes.resumeQueue(queue));
    this.#doorbell.ring();
  }

  async pausedQueues(): Promise<readonly string[]> {
    return this.#run(() => this.#search.pausedQueues());
  }

  async nextDue(request: ClaimRequest, withinMs: number): Promise<Date | undefined> {
    const now = this.#now();
    const next = await this.#run(() => this.#claim.nextDue(request, now, now + withinMs));
    return next === undefined ? undefined : new Date(next);
  }

  watch(ring: () => void): () => void {
    return this.#doorbell.listen(ring);
  }

  watchTaken(look: () => void): () => void {
    return this.#taken.listen(look);
  }

  async close(): Promise<void> {
    this.#doorbell.close();
  }

  #run<T>(run: () => T): Promise<T> {
    return retryWhileBusy(this.#database, run);
  }

  #ringIf<T>(changed: T): T {
    if (changed) this.#doorbell.ring();
    return changed;
  }

  /** @throws InvalidOptionsError */
  #refuse(session: unknown): void {
    if (session === undefined || this.#ignoreSessions) return;
    throw new InvalidOptionsError("session", ["the SQLite store has no sessions; they need MONGODB_URI"]);
  }
}
