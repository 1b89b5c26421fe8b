import { BatchStateError, InvalidOptionsError } from "../errors/errors.ts";
import type { EnqueueRequest } from "../jobs/application.ts";
import {
  Batch,
  type BatchLibrary,
  type BatchOptions,
  type BatchProgress,
  type BatchRequest,
  batchGroup,
  callbackGroup,
  PARKED,
} from "../jobs/batch.ts";
import { type DelayOptions, durationMs } from "../jobs/delay-options.ts";
import { checkedCall } from "../jobs/delayable-call.ts";
import type { NewJob } from "../jobs/job-record.ts";
import { newObjectId } from "../jobs/object-id.ts";
import { enqueueCalls, type PostOptions } from "../queue/enqueue/enqueue.ts";
import type { BatchRecord } from "./batch-store.ts";
import { type BatchParts, countsOf, endBatch } from "./end-batch.ts";
import { removeBatch } from "./remove-batch.ts";

export interface BatchesOptions extends BatchParts {
  /** How calls are checked. */
  readonly posting: Omit<PostOptions, "store" | "isDelayed" | "performNow">;
}

/** Begins, finds and lists batches. */
export class Batches implements BatchLibrary {
  readonly #options: BatchesOptions;

  constructor(options: BatchesOptions) {
    this.#options = options;
  }

  async begin({ key, calls, options }: BatchRequest): Promise<Batch> {
    const { onComplete, onSuccess, ...rest } = checkedOptions(key, options);
    const { batches, posting } = this.#options;
    const now = posting.now();
    const { in: delay, at, ...jobOptions } = rest;
    const runAt = delay === undefined ? at : new Date(now + durationMs("batch", delay));
    const id = newObjectId();
    const requests: Placed[] = [
      ...calls.map((call) => place(batchGroup(id), call, { ...jobOptions, ...(runAt && { at: runAt }) })),
      ...(onComplete ? [place(callbackGroup(id, "complete"), onComplete)] : []),
      ...(onSuccess ? [place(callbackGroup(id, "success"), onSuccess)] : []),
    ];
    const found = await batches.find(key);
    if (found) return new Batch(found, this);
    return this.#store(
      { id, key, total: calls.length, createdAt: new Date(now), ...(runAt && { runAt }) },
      requests,
    );
  }

  async find(idOrKey: string): Promise<Batch | undefined> {
    const record = await this.#options.batches.find(idOrKey);
    return record && new Batch(record, this);
  }

  async list(limit: number): Promise<readonly Batch[]> {
    return (await this.#options.batches.list(limit)).map((record) => new Batch(record, this));
  }

  async progress(id: string): Promise<BatchProgress> {
    const { jobs } = this.#options;
    const { total, state, counts } = await this.#get(id);
    if (counts !== undefined)
      return { total, ...counts, pending: 0, state: counts.done === total ? "succeeded" : "failed" };
    const group = batchGroup(id);
    const [ready, leased] = await Promise.all([
      jobs.count({ group, state: "ready" }),
      jobs.count({ group, state: "leased" }),
    ]);
    if (state === "storing") return { total, done: 0, failed: 0, cancelled: 0, pending: total, state };
    const pending = ready + leased;
    return { total, ...(await countsOf(id, total, jobs, pending)), pending, state: "running" };
  }

  async cancel(id: string): Promise<number> {
    const { jobs } = this.#options;
    const { key, state } = await this.#get(id);
    if (state === "storing")
      throw new BatchStateError(key, "is being stored and cannot be cancelled now: try again when it is");
    const group = batchGroup(id);
    const waiting = await jobs.removeAll({ group, state: "ready" });
    const running = await jobs.removeAll({ group, state: "leased" }, { running: true });
    await endBatch(await this.#get(id), this.#options);
    return waiting + running;
  }

  async remove(id: string): Promise<void> {
    const { key } = await this.#get(id);
    if (await removeBatch(id, "ended", this.#options)) return;
    throw new BatchStateError(key, "has not ended: cancel it first");
  }

  async #get(id: string): Promise<BatchRecord> {
    const record = await this.#options.batches.find(id);
    if (record) return record;
    throw new BatchStateError(
      id,
      "is gone: somebody removed it, or `batchRetention` is over; `delayed-mailer batches list` shows those there are",
    );
  }

  /** Jobs are parked until all are stored, so that one whose process dies half-way can be taken back: nothing of it ran. */
  async #store(wanted: Omit<BatchRecord, "state">, requests: readonly Placed[]): Promise<Batch> {
    const { batches, jobs } = this.#options;
    const { id, runAt } = wanted;
    // Calls are checked before anything is stored, and the key is taken before its jobs are.
    const taking: Taking = { taken: undefined };
    try {
      await this.#post(requests, wanted, taking);
    } catch (error) {
      // Where the store does not answer, a worker takes it back.
      if (taking.taken?.inserted) await removeBatch(id, "storing", this.#options).catch(() => undefined);
      throw error;
    }
    const taken = taking.taken ?? (await batches.begin(wanted));
    if (!taken.inserted) return new Batch(taken.record, this);
    if (!(await batches.advance(id, "storing", "starting")))
      throw new BatchStateError(wanted.key, "took too long to be stored and was taken back: try again");
    await jobs.startParked(batchGroup(id), runAt);
    await batches.advance(id, "starting", "running");
    if (wanted.total === 0) await endBatch({ ...wanted, state: "running" }, this.#options);
    return new Batch(wanted, this, { isNew: true });
  }

  async #post(
    requests: readonly Placed[],
    wanted: Omit<BatchRecord, "state">,
    taking: Taking,
  ): Promise<void> {
    const { batches, jobs, posting } = this.#options;
    const insert: typeof jobs.insert = async (given) => {
      taking.taken = await batches.begin(wanted);
      if (!taking.taken.inserted) return [];
      return jobs.insert(given.map((job, index) => parked(job, requests[index]?.group ?? "", wanted.runAt)));
    };
    await enqueueCalls(requests, {
      ...posting,
      store: { insert, replace: jobs.replace },
      isDelayed: () => true,
      performNow: () => Promise.reject(new Error("The jobs of a batch are always stored.")),
    });
  }
}

interface Placed extends EnqueueRequest {
  readonly group: string;
}

interface Taking {
  taken: Awaited<ReturnType<BatchParts["batches"]["begin"]>> | undefined;
}

function place(group: string, call: EnqueueRequest["call"], options: DelayOptions = {}): Placed {
  return { group, call: checkedCall(call, "batch"), options };
}

/**
 * A time of its own, which an `enqueue` hook gave it, stays. A mail that tells of the end is dated when it is made.
 * @param runAt of the whole batch
 */
function parked(job: NewJob, group: string, runAt: Date | undefined): NewJob {
  const { date: _, ...meta } = job.meta;
  const hasOwnTime = job.runAt !== undefined && job.runAt.getTime() !== runAt?.getTime();
  const isCallback = group.includes("/");
  return { ...job, group, ...(isCallback && { meta }), ...(!hasOwnTime && { runAt: PARKED }) };
}

const NOT_OF_MANY = ["uniqueKey", "uniqueFor", "onConflict", "session"];

/** @throws InvalidOptionsError */
function checkedOptions(key: unknown, options: BatchOptions): BatchOptions {
  const problems = [
    ...(typeof key === "string" && key.length > 0 && key.length <= 512
      ? []
      : ["its key must be a text of 1 to 512 characters"]),
    ...NOT_OF_MANY.filter((name) => Object.hasOwn(options, name)).map((name) => `${name}: a batch has none`),
    ...(options.in !== undefined && options.at !== undefined ? ["give `in` or `at`, not both"] : []),
  ];
  if (problems.length > 0) throw new InvalidOptionsError("batch", problems);
  for (const call of [options.onComplete, options.onSuccess])
    if (call !== undefined) checkedCall(call, "batch");
  return options;
}
