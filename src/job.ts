import { JobStateError } from "./errors.ts";

/** JSON as it is stored; see queue/stored-value.ts for how other values are written in it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * `ready`: waiting, due at `runAt`. `leased`: held by a worker until `lockedUntil`. `failed`: kept with its reason.
 * `done`: kept only where a retention time is set.
 */
export type JobState = "ready" | "leased" | "failed" | "done";

export const JOB_STATES: readonly JobState[] = ["ready", "leased", "failed", "done"];

/** A job as every store keeps it. Field names are delayed_job's, camelCased. */
export interface JobRecord {
  /** 24 hex digits, ascending with the time of creation. */
  readonly id: string;
  readonly performable: string;
  readonly action: string;
  /** Written by `encode`, read by `decode` of queue/stored-value.ts. */
  readonly args: readonly Json[];
  /** Written as one value, so an object. */
  readonly params: Json;
  readonly meta: Readonly<Record<string, string>>;
  readonly queue: string;
  /** Lower runs first. */
  readonly priority: number;
  readonly runAt: Date;
  readonly state: JobState;
  /** Counted when the job is claimed, so a job that kills its worker ends too. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** How often a lease of this job ran out. */
  readonly crashes: number;
  readonly createdAt: Date;
  /** At most one live (ready or leased) job has it. */
  readonly uniqueKey?: string;
  /** Jobs that are woken or dropped together, such as the chunks of one newsletter. */
  readonly group?: string;
  /** After this the job is failed as `expired` instead of performed. */
  readonly expiresAt?: Date;
  /** What an earlier attempt left for the next. */
  readonly checkpoint?: Json;
  readonly lockedAt?: Date;
  readonly lockedBy?: string;
  readonly lockedUntil?: Date;
  readonly lockToken?: string;
  readonly lastError?: string;
  /** A short stable word: `exhausted`, `rejected`, `invalid-arguments`, `unknown-action`, `expired`, `crashed`, ... */
  readonly failReason?: string;
  readonly failedAt?: Date;
  readonly finishedAt?: Date;
}

/** What is needed to insert a job; the store fills in the rest. */
export type NewJob = Pick<
  JobRecord,
  "id" | "performable" | "action" | "args" | "params" | "meta" | "queue" | "priority" | "maxAttempts"
> &
  Partial<Pick<JobRecord, "uniqueKey" | "group" | "expiresAt" | "runAt">>;

export interface JobFilter {
  readonly state?: JobState;
  readonly queue?: string;
  readonly performable?: string;
  readonly action?: string;
  readonly group?: string;
  readonly uniqueKey?: string;
}

export interface JobFind extends JobFilter {
  /** By id, which is by creation; failed jobs by `failedAt`. @default "oldest" */
  readonly order?: "oldest" | "newest";
  /** @default 100 */
  readonly limit?: number;
  readonly offset?: number;
}

/** Where jobs are looked up and acted on: the configured application. */
export interface JobDesk {
  get(id: string): Promise<JobRecord | undefined>;
  find(find: JobFind): Promise<readonly JobRecord[]>;
  count(filter: JobFilter): Promise<number>;
  retry(id: string): Promise<boolean>;
  remove(id: string): Promise<boolean>;
  /** The arguments as they were given. */
  argsOf(record: JobRecord): readonly unknown[];
}

let openDesk: () => Promise<JobDesk> = () => {
  throw new Error('Import Job from "delayed-mailer", which connects it to the application.');
};

/** Called once, by the application's module. */
export function serveJobsFrom(open: () => Promise<JobDesk>): void {
  openDesk = open;
}

/**
 * A stored job, as it was when it was read.
 * @example const job = await Job.failed().last(); console.log(job?.lastError); await job?.retry();
 */
export class Job<A extends readonly unknown[] = readonly unknown[]> {
  readonly #record: JobRecord;
  readonly #desk: JobDesk;
  /** False when a live job already held the unique key and this is that job. */
  readonly isNew: boolean;

  constructor(record: JobRecord, desk: JobDesk, { isNew = false }: { isNew?: boolean } = {}) {
    this.#record = record;
    this.#desk = desk;
    this.isNew = isNew;
  }

  static all(): JobQuery {
    return new JobQuery({});
  }

  static ready(): JobQuery {
    return new JobQuery({ state: "ready" });
  }

  static running(): JobQuery {
    return new JobQuery({ state: "leased" });
  }

  /** Jobs that are kept because they will not be tried again. */
  static failed(): JobQuery {
    return new JobQuery({ state: "failed" });
  }

  static where(filter: JobFilter): JobQuery {
    return new JobQuery(filter);
  }

  static async find(id: string): Promise<Job | undefined> {
    const desk = await openDesk();
    const record = await desk.get(id);
    return record && new Job(record, desk);
  }

  /** Everything the store keeps of this job, with the arguments as they are written there. */
  get record(): JobRecord {
    return this.#record;
  }

  get id(): string {
    return this.#record.id;
  }

  /** The mailer's stored name. */
  get mailer(): string {
    return this.#record.performable;
  }

  get action(): string {
    return this.#record.action;
  }

  /** `Mailer.action`, for people. */
  get name(): string {
    return `${this.#record.performable}.${this.#record.action}`;
  }

  get args(): A {
    // The stored arguments passed the mailer's schema when this job was typed.
    return this.#desk.argsOf(this.#record) as A;
  }

  get state(): JobState {
    return this.#record.state;
  }

  get queue(): string {
    return this.#record.queue;
  }

  get priority(): number {
    return this.#record.priority;
  }

  get runAt(): Date {
    return this.#record.runAt;
  }

  get attempts(): number {
    return this.#record.attempts;
  }

  get lastError(): string | undefined {
    return this.#record.lastError;
  }

  get failedAt(): Date | undefined {
    return this.#record.failedAt;
  }

  /**
   * Makes the job due now, with all its attempts before it.
   * @throws JobStateError when it is gone, running or done
   */
  async retry(): Promise<void> {
    if (!(await this.#desk.retry(this.id))) throw new JobStateError(this.id, await this.#why("retried"));
  }

  /** @throws JobStateError when it is gone or a worker holds it */
  async remove(): Promise<void> {
    if (!(await this.#desk.remove(this.id))) throw new JobStateError(this.id, await this.#why("removed"));
  }

  /** The job as it is now, or undefined when it is gone (done jobs are deleted unless a retention is set). */
  async reload(): Promise<Job<A> | undefined> {
    const record = await this.#desk.get(this.id);
    return record && new Job<A>(record, this.#desk);
  }

  toJSON(): JobRecord {
    return this.#record;
  }

  async #why(verb: string): Promise<string> {
    const now = await this.#desk.get(this.id);
    return now ? `is ${now.state} and cannot be ${verb} now` : "is gone";
  }
}

/** A question about jobs; nothing is read until it is asked. */
export class JobQuery implements AsyncIterable<Job> {
  readonly #filter: JobFilter;

  constructor(filter: JobFilter) {
    this.#filter = filter;
  }

  where(filter: JobFilter): JobQuery {
    return new JobQuery({ ...this.#filter, ...filter });
  }

  /** The oldest; of failed jobs, the one that failed first. */
  async first(): Promise<Job | undefined> {
    return (await this.#read({ order: "oldest", limit: 1 }))[0];
  }

  /** The newest; of failed jobs, the one that failed last. */
  async last(): Promise<Job | undefined> {
    return (await this.#read({ order: "newest", limit: 1 }))[0];
  }

  /** @param limit how many at most. @default 100 */
  async list({
    limit = 100,
    offset = 0,
    order = "oldest",
  }: Omit<JobFind, keyof JobFilter> = {}): Promise<readonly Job[]> {
    return this.#read({ limit, offset, order });
  }

  async count(): Promise<number> {
    return (await openDesk()).count(this.#filter);
  }

  /** All of them, oldest first, read in pages; jobs that change state meanwhile may be missed or met once more. */
  async *[Symbol.asyncIterator](): AsyncIterator<Job> {
    for (let offset = 0; ; offset += PAGE) {
      const page = await this.#read({ order: "oldest", limit: PAGE, offset });
      yield* page;
      if (page.length < PAGE) return;
    }
  }

  async #read(find: Omit<JobFind, keyof JobFilter>): Promise<readonly Job[]> {
    const desk = await openDesk();
    return (await desk.find({ ...this.#filter, ...find })).map((record) => new Job(record, desk));
  }
}

const PAGE = 100;
