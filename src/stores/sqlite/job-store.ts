import { DuplicateKeyError, InvalidOptionsError } from "../../errors.ts";
import type { JobFilter, JobFind, JobRecord, NewJob } from "../../job-record.ts";
import {
  type ClaimRequest,
  type Inserted,
  type InsertOptions,
  isDueNow,
  type JobStore,
  type Lease,
  type QueueCount,
  type Reaped,
  type Settlement,
} from "../../queue/store.ts";
import { type Database, migrate, storeErrors } from "./database.ts";
import { Doorbell } from "./doorbell.ts";
import { JobClaim } from "./job-claim.ts";
import { JobInsert } from "./job-insert.ts";
import { JOB_SCHEMA } from "./job-schema.ts";
import { JobSearch } from "./job-search.ts";
import { JobSettle } from "./job-settle.ts";

export interface SqliteJobStoreOptions {
  /** How long done jobs are kept, in ms. @default 0, which deletes them at once */
  readonly retention?: number;
  readonly now?: () => number;
}

/** Jobs in an embedded SQLite file: one machine, many processes. The caller opens and closes the database. */
export class SqliteJobStore implements JobStore {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #insert: JobInsert;
  readonly #claim: JobClaim;
  readonly #settle: JobSettle;
  readonly #search: JobSearch;
  readonly #doorbell: Doorbell;

  /** @throws StoreError */
  constructor(database: Database, { retention = 0, now = Date.now }: SqliteJobStoreOptions = {}) {
    storeErrors(() => migrate(database, "jobs", JOB_SCHEMA));
    this.#database = database;
    this.#now = now;
    this.#insert = new JobInsert(database);
    this.#claim = new JobClaim(database);
    this.#settle = new JobSettle(database, retention);
    this.#search = new JobSearch(database);
    this.#doorbell = new Doorbell(database);
  }

  async open(): Promise<void> {}

  async insert(jobs: readonly NewJob[], { session }: InsertOptions = {}): Promise<readonly Inserted[]> {
    if (session !== undefined)
      throw new InvalidOptionsError("session", ["the SQLite store has no sessions; they need MONGODB_URI"]);
    const inserted = storeErrors(() => this.#insert.run(jobs, this.#now()));
    this.#doorbell.ring();
    return inserted;
  }

  async claim(request: ClaimRequest): Promise<readonly JobRecord[]> {
    return storeErrors(() => this.#claim.run(request, this.#now()));
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly Lease[]> {
    const now = this.#now();
    const lost = storeErrors(() => this.#settle.settle(settlements, now));
    if (settlements.some((settlement) => isDueNow(settlement, new Date(now)))) this.#doorbell.ring();
    return lost;
  }

  async extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    return storeErrors(() => this.#settle.extend(leases, this.#now() + leaseMs));
  }

  async reap(): Promise<Reaped> {
    const reaped = storeErrors(() => this.#settle.reap(this.#now()));
    if (reaped.freed > 0) this.#doorbell.ring();
    return reaped;
  }

  async find(find: JobFind): Promise<readonly JobRecord[]> {
    return storeErrors(() => this.#search.find(find));
  }

  async get(id: string): Promise<JobRecord | undefined> {
    return storeErrors(() => this.#search.get(id));
  }

  async count(filter: JobFilter): Promise<number> {
    return storeErrors(() => this.#search.count(filter));
  }

  async counts(): Promise<readonly QueueCount[]> {
    return storeErrors(() => this.#search.counts());
  }

  async retry(id: string): Promise<boolean> {
    const retried = storeErrors(() => this.#database.transaction(() => this.#retryOne(id)).immediate());
    if (retried) this.#doorbell.ring();
    return retried;
  }

  async remove(id: string): Promise<boolean> {
    return this.#write("DELETE FROM jobs WHERE id = ? AND state <> 'leased'", id) > 0;
  }

  async wakeGroup(group: string): Promise<number> {
    const now = this.#now();
    const sql = "UPDATE jobs SET run_at = ? WHERE job_group = ? AND state = 'ready' AND run_at > ?";
    const woken = this.#write(sql, now, group, now);
    if (woken > 0) this.#doorbell.ring();
    return woken;
  }

  async dropGroup(group: string): Promise<number> {
    return this.#write("DELETE FROM jobs WHERE job_group = ? AND state = 'ready'", group);
  }

  watch(ring: () => void): () => void {
    return this.#doorbell.listen(ring);
  }

  async close(): Promise<void> {
    this.#doorbell.close();
  }

  /** @throws DuplicateKeyError when another live job took the key meanwhile */
  #retryOne(id: string): boolean {
    const job = this.#search.get(id);
    if (job === undefined || (job.state !== "failed" && job.state !== "ready")) return false;
    const holder = job.uniqueKey === undefined ? undefined : this.#insert.holder(job.uniqueKey);
    if (holder && holder.id !== id) throw new DuplicateKeyError(holder.unique_key ?? "", holder.id);
    const sql = `UPDATE jobs SET state = 'ready', run_at = ?, attempts = 0, crashes = 0, last_error = NULL,
                   fail_reason = NULL, failed_at = NULL WHERE id = ?`;
    return this.#write(sql, this.#now(), id) > 0;
  }

  /** @returns how many rows changed */
  #write(sql: string, ...values: readonly (string | number)[]): number {
    return storeErrors(() => this.#database.prepare(sql).run(...values).changes);
  }
}
