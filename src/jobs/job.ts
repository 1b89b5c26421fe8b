import { InvalidOptionsError, JobStateError } from "../errors/errors.ts";
import { application } from "./application.ts";
import { callName } from "./handler.ts";
import { checkedFilter, checkedPage } from "./job-list.ts";
import type { AttemptError, JobFilter, JobFind, JobProgress, JobRecord, JobState } from "./job-record.ts";
import type { JobStore } from "./job-store.ts";
import { decode } from "./stored-value.ts";

/** What `util.inspect` asks for, without loading it. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * A stored job, as it was when it was read.
 * @example const job = await Job.failed().last(); console.log(job?.lastError); await job?.retry();
 */
export class Job<A extends readonly unknown[] = readonly unknown[], R = unknown> {
  readonly #record: JobRecord;
  readonly #store: JobStore;
  /** False when a live job already held the unique key and this is that job. */
  readonly isNew: boolean;

  constructor(record: JobRecord, store: JobStore, { isNew = false }: { isNew?: boolean } = {}) {
    this.#record = record;
    this.#store = store;
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

  /** @throws InvalidOptionsError when the id is no text */
  static async find(id: string): Promise<Job | undefined> {
    if (typeof id !== "string")
      throw new InvalidOptionsError("Job.find", [
        "a job's id must be a text, as job.id and jobs list give it",
      ]);
    const { store } = await application();
    const record = await store.get(id);
    return record && new Job(record, store);
  }

  /** Everything the store keeps of this job, with the arguments as they are written there. */
  get record(): JobRecord {
    return this.#record;
  }

  get id(): string {
    return this.#record.id;
  }

  /** The stored name of what performs it: a mailer, a plain job, a model. */
  get handler(): string {
    return this.#record.handler;
  }

  get action(): string {
    return this.#record.action;
  }

  /** For people: what its class calls it, else `UserMailer.welcome`, `ResizeImage` or `Post#publish`. */
  get name(): string {
    const { meta, handler, action } = this.#record;
    return meta.displayName ?? callName(handler, action);
  }

  get args(): A {
    // The stored arguments passed their schema when this job was typed.
    return this.#record.args.map(decode) as unknown as A;
  }

  /** What `.with({ ... })` gave. */
  get params(): Readonly<Record<string, unknown>> {
    // `encode` wrote params from an object.
    return decode(this.#record.params) as Readonly<Record<string, unknown>>;
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
    return this.#record.dueAt ?? this.#record.runAt;
  }

  get attempts(): number {
    return this.#record.attempts;
  }

  /** What went wrong in its last attempts that counted, the oldest first, at most ten. */
  get errors(): readonly AttemptError[] {
    return this.#record.errors ?? [];
  }

  get lastError(): string | undefined {
    return this.#record.lastError;
  }

  /** How far a running job says it is. */
  get progress(): JobProgress | undefined {
    return this.#record.progress;
  }

  /** What the job gave back, where it is kept (`keepResult`). */
  get result(): R | undefined {
    const { result } = this.#record;
    // The job's function gave it when this job was typed.
    return result === undefined ? undefined : (decode(result) as R);
  }

  get failedAt(): Date | undefined {
    return this.#record.failedAt;
  }

  /**
   * Makes the job due now, with all its attempts before it.
   * @throws JobStateError when it is gone, running or done
   */
  async retry(): Promise<void> {
    if (!(await this.#store.retry(this.id))) throw new JobStateError(this.id, await this.#why("retried"));
  }

  /** @throws JobStateError when it is gone or a worker holds it */
  async remove(): Promise<void> {
    if (!(await this.#store.remove(this.id))) throw new JobStateError(this.id, await this.#why("removed"));
  }

  /**
   * Takes the job back, whether it waits or runs. A worker that runs it aborts its signal at once in this process, and within about a
   * second in another; a mail that is on its way by then is still delivered.
   * @throws JobStateError when it is gone, done or failed
   */
  async cancel(): Promise<void> {
    if (!(await this.#store.cancel(this.id))) throw new JobStateError(this.id, await this.#why("cancelled"));
  }

  /**
   * Gives a waiting job another time to run.
   * @throws JobStateError when it is gone or not waiting
   */
  async reschedule(runAt: Date): Promise<void> {
    if (Number.isNaN(runAt.getTime()))
      throw new InvalidOptionsError("Job.reschedule", ["runAt: must be a valid Date"]);
    if (!(await this.#store.reschedule(this.id, runAt)))
      throw new JobStateError(this.id, await this.#why("rescheduled"));
  }

  /** The job as it is now, or undefined when it is gone (done jobs are deleted unless a retention is set). */
  async reload(): Promise<Job<A, R> | undefined> {
    const record = await this.#store.get(this.id);
    return record && new Job<A, R>(record, this.#store);
  }

  toJSON(): JobRecord {
    return this.#record;
  }

  /** On a console: its name, id and state before everything else that is kept of it. */
  [INSPECT](_depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    const { id, state, ...rest } = this.#record;
    return `Job ${this.name} ${inspect({ id, state, ...rest }, options)}`;
  }

  async #why(verb: string): Promise<string> {
    const now = await this.#store.get(this.id);
    return now ? `is ${now.state} and cannot be ${verb} now` : "is gone";
  }
}

/** A question about jobs; nothing is read until it is asked. */
export class JobQuery implements AsyncIterable<Job> {
  readonly #filter: JobFilter;

  /** @throws InvalidOptionsError when the filter is more than names: an operator of a database is none */
  constructor(filter: JobFilter) {
    this.#filter = checkedFilter(filter);
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
  }: Omit<JobFind, keyof JobFilter | "after"> = {}): Promise<readonly Job[]> {
    return this.#read(checkedPage({ limit, offset, order }));
  }

  async count(): Promise<number> {
    return (await application()).store.count(this.#filter);
  }

  /** Makes the failed ones of them due now; those whose unique key is taken stay failed. @returns how many */
  async retryAll(): Promise<number> {
    return (await application()).store.retryAll(this.#filter);
  }

  /** Removes them all, running ones only when told so. @returns how many */
  async removeAll({ running = false }: { readonly running?: boolean } = {}): Promise<number> {
    return (await application()).store.removeAll(this.#filter, { running });
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
    const { store } = await application();
    return (await store.find({ ...this.#filter, ...find })).map((record) => new Job(record, store));
  }
}

const PAGE = 100;
