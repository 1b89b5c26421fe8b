import { InvalidOptionsError } from "../errors/errors.ts";
import { application } from "./application.ts";
import type { DelayOptions } from "./delay-options.ts";
import type { DelayableCall } from "./delayable-call.ts";
import { Job, type JobQuery } from "./job.ts";
import type { JobRecord } from "./job-record.ts";

/**
 * `storing`: its jobs are being stored, and none runs yet. `running`: some wait or run. `succeeded`: all are done. `failed`: it ended,
 * and not all are done.
 */
export type BatchState = "storing" | "running" | "succeeded" | "failed";

/** How far a batch is. Once it has ended this is what it came to, and stays so. */
export interface BatchProgress {
  readonly total: number;
  readonly done: number;
  /** Given up, and kept with their reasons. */
  readonly failed: number;
  /** Cancelled, removed or discarded. */
  readonly cancelled: number;
  /** Waiting or running. */
  readonly pending: number;
  readonly state: BatchState;
}

/** How the jobs of a batch are queued, and what is stored when it has ended. */
export interface BatchOptions
  extends Omit<DelayOptions, "uniqueKey" | "uniqueFor" | "onConflict" | "session"> {
  /** Performed when all jobs have ended: done, given up, cancelled or removed. */
  readonly onComplete?: DelayableCall;
  /** Performed when all jobs are done. Where one is not, it never is. */
  readonly onSuccess?: DelayableCall;
}

export interface BatchRequest {
  readonly key: string;
  readonly calls: readonly DelayableCall[];
  readonly options: BatchOptions;
}

/** What a batch is known by. */
export interface BatchInfo {
  readonly id: string;
  readonly key: string;
  readonly total: number;
  readonly createdAt: Date;
  readonly endedAt?: Date;
}

/** What batches do, as an application offers it. */
export interface BatchLibrary {
  begin(request: BatchRequest): Promise<Batch>;
  find(idOrKey: string): Promise<Batch | undefined>;
  list(limit: number): Promise<readonly Batch[]>;
  /** @throws BatchStateError when it is gone */
  progress(id: string): Promise<BatchProgress>;
  cancel(id: string): Promise<number>;
  remove(id: string): Promise<void>;
}

/** Many jobs that were stored as one. */
export class Batch {
  readonly #info: BatchInfo;
  readonly #library: BatchLibrary;
  /** False when there was a batch of this key already and this is that batch. */
  readonly isNew: boolean;

  /** @internal `batch()` and `Batch.find()` give one */
  constructor(info: BatchInfo, library: BatchLibrary, { isNew = false }: { isNew?: boolean } = {}) {
    this.#info = info;
    this.#library = library;
    this.isNew = isNew;
  }

  /** @throws InvalidOptionsError when the key is no text */
  static async find(key: string): Promise<Batch | undefined> {
    if (typeof key !== "string") throw new InvalidOptionsError("Batch.find", ["give the key of a batch"]);
    return (await (await application()).openBatches()).find(key);
  }

  /** Newest first. @param limit how many at most. @default 100 */
  static async list({ limit = 100 }: { readonly limit?: number } = {}): Promise<readonly Batch[]> {
    if (!Number.isInteger(limit) || limit < 0)
      throw new InvalidOptionsError("Batch.list", ["limit: must be a whole number, 0 or more"]);
    return (await (await application()).openBatches()).list(limit);
  }

  get id(): string {
    return this.#info.id;
  }

  get key(): string {
    return this.#info.key;
  }

  get total(): number {
    return this.#info.total;
  }

  get createdAt(): Date {
    return this.#info.createdAt;
  }

  /** When it ended, as far as was known when it was read. */
  get endedAt(): Date | undefined {
    return this.#info.endedAt;
  }

  /** How far it is now. @throws BatchStateError when it was removed */
  progress(): Promise<BatchProgress> {
    return this.#library.progress(this.id);
  }

  /** Its jobs that are still kept. Done ones are deleted when it has ended, unless something else keeps them. */
  jobs(): JobQuery {
    return Job.where({ group: batchGroup(this.id) });
  }

  /** Takes back what waits and aborts what runs; then it ends as usual, and `onComplete` is performed. @returns how many jobs */
  cancel(): Promise<number> {
    return this.#library.cancel(this.id);
  }

  /**
   * Removes it with its failed jobs, and with callbacks that still wait. Its key is free after that.
   * @throws BatchStateError when it has not ended or is gone
   */
  remove(): Promise<void> {
    return this.#library.remove(this.id);
  }

  toJSON(): BatchInfo {
    return this.#info;
  }
}

/**
 * Stores many calls as one: all of them or none. No job runs before all are stored. Where there is a batch of this key already, nothing
 * is stored and that batch is given back (`isNew` is false).
 * @throws InvalidOptionsError | InvalidArgumentsError | UnstorableValueError | PayloadTooLargeError | UnknownActionError | StoreError
 * @example await batch("import 7", rows.map((row) => ImportRow.call(row)), { onComplete: ReportMailer.imported(7) });
 */
export async function batch(
  key: string,
  calls: Iterable<DelayableCall>,
  options: BatchOptions = {},
): Promise<Batch> {
  return (await (await application()).openBatches()).begin({ key, calls: [...calls], options });
}

/** Before the id of a batch: the group of its jobs. A newsletter's group is its bare id. */
const PREFIX = "batch:";

/** When a job is due that waits for somebody to give it its time: no claim ever comes so far. */
export const PARKED = new Date("9999-12-31T23:59:59.999Z");

/** What a batch stores when all its jobs ended, and when all are done. */
export type CallbackName = "complete" | "success";

export function batchGroup(id: string): string {
  return `${PREFIX}${id}`;
}

/** The callback is no job of the batch, so it has a group of its own. */
export function callbackGroup(id: string, callback: CallbackName): string {
  return `${PREFIX}${id}/${callback}`;
}

/** The id of the batch that a job belongs to, as one of its jobs or as its callback. */
export function batchIdOf({ group }: Pick<JobRecord, "group">): string | undefined {
  return group?.startsWith(PREFIX) ? group.slice(PREFIX.length).split("/")[0] : undefined;
}

/** Whether it counts for a batch; a callback does not. */
export function isOfBatch({ group }: Pick<JobRecord, "group">): boolean {
  return group?.startsWith(PREFIX) === true && !group.includes("/");
}
