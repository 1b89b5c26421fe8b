import type { ClientSession, Connection, mongo } from "mongoose";
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
import { makeObjectIdsWith } from "../../../jobs/object-id.ts";
import { ObjectIds } from "../application-mongoose.ts";
import { collectionOf, storeErrors } from "../connection.ts";
import { createIndexes, type IndexSpec, indexDifferences, jobIndexes } from "../indexes.ts";
import { ServerClock } from "../server-clock.ts";
import { sessionOf } from "../sessions.ts";
import { ClaimableQueues } from "./claimable-queues.ts";
import { JobClaim } from "./job-claim.ts";
import { JobClaimOne } from "./job-claim-one.ts";
import { type JobDocument, type JobModel, jobModel, toRecord } from "./job-document.ts";
import { JobInsert } from "./job-insert.ts";
import { JobLimits } from "./job-limits.ts";
import { type DoorbellDocument, JobNotifier } from "./job-notifier.ts";
import { JobPages } from "./job-pages.ts";
import { JobSearch } from "./job-search.ts";
import { JobSettle } from "./job-settle.ts";
import { JobUpdates } from "./job-updates.ts";
import { type PausedQueueDocument, PausedQueueNames } from "./paused-queue-names.ts";

export interface MongoJobStoreOptions {
  /** Name of the jobs collection. @default "delayed_jobs" */
  readonly collection?: string;
  /** How long done jobs are kept, in ms. @default 0, which deletes them at once */
  readonly retention?: number;
  readonly random?: () => number;
}

/** Jobs in MongoDB: many machines share one database. The caller opens and closes the connection. */
export class MongoJobStore implements JobStore {
  /** The mongoose model: `store.model.findOne({ lastError: { $exists: true } }).sort({ _id: -1 })`. */
  readonly model: JobModel;
  readonly indexes: readonly IndexSpec[];
  readonly #connection: Connection;
  readonly #jobs: mongo.Collection<JobDocument>;
  readonly #clock: ServerClock;
  readonly #insert: JobInsert;
  readonly #claim: JobClaim;
  readonly #claimOne: JobClaimOne;
  readonly #settle: JobSettle;
  readonly #search: JobSearch;
  readonly #pages: JobPages;
  readonly #limits: JobLimits;
  readonly #changes: JobUpdates;
  readonly #paused: PausedQueueNames;
  readonly #queues: ClaimableQueues;
  readonly #doorbell: JobNotifier;
  readonly #taken = new TakenJobs();
  /** Whose end is waited for already. */
  readonly #sessions = new WeakSet<ClientSession>();

  constructor(connection: Connection, options: MongoJobStoreOptions = {}) {
    const { collection = "delayed_jobs", retention = 0, random = Math.random } = options;
    this.model = jobModel(connection, collection);
    this.indexes = jobIndexes(collection);
    this.#connection = connection;
    this.#jobs = collectionOf<JobDocument>(connection, collection);
    this.#clock = new ServerClock(connection);
    const ids = new ObjectIds(connection);
    makeObjectIdsWith((hex) => ids.of(hex));
    const parts = { jobs: this.#jobs, clock: this.#clock, ids };
    this.#insert = new JobInsert(parts);
    this.#paused = new PausedQueueNames(
      collectionOf<PausedQueueDocument>(connection, `${collection}_paused`),
    );
    this.#queues = new ClaimableQueues(this.#jobs, this.#paused);
    this.#claim = new JobClaim({ ...parts, random, queues: this.#queues });
    this.#claimOne = new JobClaimOne(parts);
    this.#settle = new JobSettle({ ...parts, retention });
    this.#search = new JobSearch(parts);
    this.#pages = new JobPages(parts);
    this.#limits = new JobLimits(parts);
    this.#changes = new JobUpdates({ ...parts, retention });
    this.#doorbell = new JobNotifier(collectionOf<DoorbellDocument>(connection, `${collection}_doorbell`));
  }

  /** Measures the server's clock. @throws StoreError */
  async open(): Promise<void> {
    await storeErrors(() => this.#clock.measure(), "MongoDB cannot be asked for its time");
  }

  /** @throws StoreError */
  async ensureIndexes(): Promise<void> {
    await createIndexes(this.#connection, this.indexes);
  }

  /** What is missing or different, one line each. @throws StoreError */
  indexDifferences(): Promise<readonly string[]> {
    return indexDifferences(this.#connection, this.indexes);
  }

  async insert(jobs: readonly NewJob[], options: InsertOptions = {}): Promise<readonly Inserted[]> {
    const session = sessionOf(this.#connection, options);
    const inserted = await storeErrors(() => this.#insert.run(jobs, session));
    for (const { queue } of jobs) this.#queues.noteQueue(queue);
    this.#ringAfter(session);
    return inserted;
  }

  async claim(request: ClaimRequest): Promise<readonly JobRecord[]> {
    return (await storeErrors(() => this.#claim.run(request))).map(toRecord);
  }

  async claimOne(id: string, claim: OneClaim): Promise<JobRecord | undefined> {
    const job = await storeErrors(() => this.#claimOne.run(id, claim));
    return job && toRecord(job);
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly Lease[]> {
    const lost = await storeErrors(() => this.#settle.settle(settlements));
    if (settlements.some((settlement) => isDueNow(settlement, this.#clock.now()))) this.#doorbell.ring();
    return lost;
  }

  async extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    const lost = await storeErrors(() => this.#settle.extend(leases, leaseMs));
    await this.#clock.refresh();
    return lost;
  }

  lost(leases: readonly Lease[]): Promise<readonly Lease[]> {
    return storeErrors(() => this.#settle.lost(leases));
  }

  forgive(lease: Lease): Promise<boolean> {
    return storeErrors(() => this.#settle.forgive(lease));
  }

  note(lease: Lease, note: AttemptNote): Promise<boolean> {
    return storeErrors(() => this.#settle.note(lease, note));
  }

  async reap(workerId?: string): Promise<Reaped> {
    const reaped = await storeErrors(() => this.#settle.reap(workerId));
    await this.#clock.refresh();
    if (reaped.freed > 0) this.#doorbell.ring();
    return reaped;
  }

  async find(find: JobFind): Promise<readonly JobRecord[]> {
    return (await storeErrors(() => this.#search.find(find))).map(toRecord);
  }

  async get(id: string): Promise<JobRecord | undefined> {
    const job = await storeErrors(() => this.#search.get(id));
    return job && toRecord(job);
  }

  async page(request: JobPageRequest): Promise<readonly JobRecord[]> {
    return (await storeErrors(() => this.#pages.page(request))).map(toRecord);
  }

  tally(most: number): Promise<JobTally> {
    return storeErrors(() => this.#pages.tally(most));
  }

  count(filter: JobFilter): Promise<number> {
    return storeErrors(() => this.#search.count(filter));
  }

  liveKeys(keys: readonly string[]): Promise<readonly string[]> {
    return storeErrors(() => this.#search.liveKeys(keys));
  }

  counts(): Promise<readonly QueueCount[]> {
    return storeErrors(() => this.#search.counts());
  }

  overdue(before: Date): Promise<readonly OverdueJobs[]> {
    return storeErrors(() => this.#search.overdue(before));
  }

  newer(format: number, before: Date): Promise<NewerJobs | undefined> {
    return storeErrors(() => this.#search.newer(format, before));
  }

  async waiting(group: string): Promise<readonly WaitingJobs[]> {
    const found = await storeErrors(() => this.#search.waiting(group));
    return found.map(({ lastError, ...jobs }) => ({ ...jobs, ...(lastError && { lastError }) }));
  }

  async retry(id: string): Promise<boolean> {
    return this.#ringIf(await storeErrors(() => this.#changes.retry(id)));
  }

  async retryAll(filter: JobFilter, options: BulkOptions = {}): Promise<number> {
    return this.#ringIf(await storeErrors(() => this.#changes.retryAll(filter, options)));
  }

  async reschedule(id: string, runAt: Date): Promise<boolean> {
    return this.#ringIf(await storeErrors(() => this.#changes.reschedule(id, runAt)));
  }

  remove(id: string): Promise<boolean> {
    return storeErrors(() => this.#changes.remove(id));
  }

  async cancel(id: string): Promise<boolean> {
    const isCancelled = await storeErrors(() => this.#changes.cancel(id));
    this.#taken.tell();
    return isCancelled;
  }

  async removeAll(filter: JobFilter, options: RemoveOptions = {}): Promise<number> {
    const removed = await storeErrors(() => this.#changes.removeAll(filter, options));
    if (options.running) this.#taken.tell();
    return removed;
  }

  rewriteTexts(id: string, texts: JobTexts): Promise<boolean> {
    return storeErrors(() => this.#changes.rewriteTexts(id, texts));
  }

  removeFailedBefore(ms: number): Promise<number> {
    return storeErrors(() => this.#changes.removeFailedBefore(ms));
  }

  async replace(id: string, job: NewJob, options: InsertOptions = {}): Promise<JobRecord | undefined> {
    const session = sessionOf(this.#connection, options);
    const replacing = () => this.#changes.replace(id, job, session);
    return this.#ringIf(await storeErrors(replacing));
  }

  async wakeGroup(group: string): Promise<number> {
    return this.#ringIf(await storeErrors(() => this.#changes.wakeGroup(group)));
  }

  async startParked(group: string, runAt?: Date): Promise<number> {
    return this.#ringIf(await storeErrors(() => this.#changes.startParked(group, runAt)));
  }

  async putBehind(leases: readonly Lease[], limits: readonly JobLimit[]): Promise<void> {
    await storeErrors(() => this.#limits.putBehind(leases, limits));
  }

  async bringForward(limit: JobLimit, count: number): Promise<number> {
    return this.#ringIf(await storeErrors(() => this.#limits.bringForward(limit, count)));
  }

  nextBehind(key: string): Promise<JobLimit | undefined> {
    return storeErrors(() => this.#limits.nextBehind(key));
  }

  countBehind(key: string, most: number): Promise<number> {
    return storeErrors(() => this.#limits.countBehind(key, most));
  }

  hasLive(group: string): Promise<boolean> {
    return storeErrors(() => this.#search.hasLive(group));
  }

  releaseDone(group: string): Promise<void> {
    return storeErrors(() => this.#changes.releaseDone(group));
  }

  dropGroup(group: string): Promise<number> {
    return storeErrors(() => this.#changes.dropGroup(group));
  }

  async pauseQueue(queue: string): Promise<void> {
    await storeErrors(() => this.#paused.pause(queue, this.#clock.now()));
    this.#doorbell.ring();
  }

  async resumeQueue(queue: string): Promise<void> {
    await storeErrors(() => this.#paused.resume(queue));
    this.#doorbell.ring();
  }

  pausedQueues(): Promise<readonly string[]> {
    return storeErrors(() => this.#paused.read());
  }

  nextDue(request: ClaimRequest, withinMs: number): Promise<Date | undefined> {
    const until = new Date(this.#clock.now().getTime() + withinMs);
    return storeErrors(() => this.#claim.nextDue(request, until));
  }

  watch(ring: () => void): () => void {
    return this.#doorbell.listen(() => {
      this.#paused.forget();
      ring();
    });
  }

  watchTaken(look: () => void): () => void {
    return this.#taken.listen(look);
  }

  get isWatching(): boolean {
    return this.#doorbell.isOpen;
  }

  get clockOffset(): number {
    return this.#clock.offset;
  }

  async close(): Promise<void> {
    await this.#doorbell.close();
  }

  /** Inside the caller's transaction it is told when that has ended, because no worker can see the job before. */
  #ringAfter(session: ClientSession | undefined): void {
    if (session === undefined) this.#doorbell.ring();
    else if (!this.#sessions.has(session)) session.once("ended", () => this.#doorbell.ring());
    if (session) this.#sessions.add(session);
  }

  #ringIf<T>(changed: T): T {
    if (changed) this.#doorbell.ring();
    return changed;
  }
}
