import { randomUUID } from "node:crypto";
import type { ClientSession, mongo } from "mongoose";
import { DuplicateKeyError } from "../../../errors/errors.ts";
import { PARKED } from "../../../jobs/batch.ts";
import type { JobFilter, JobRecord, NewJob } from "../../../jobs/job-record.ts";
import { BULK_SLICE, type BulkOptions, type JobTexts, type RemoveOptions } from "../../../jobs/job-store.ts";
import type { ObjectIds } from "../application-mongoose.ts";
import { indexed } from "../indexes.ts";
import type { ServerClock } from "../server-clock.ts";
import { defined, type JobDocument, toDocument, toRecord } from "./job-document.ts";
import { takingKey } from "./taking-key.ts";

type Jobs = mongo.Collection<JobDocument>;

export interface JobChangesOptions {
  readonly jobs: Jobs;
  readonly clock: ServerClock;
  readonly ids: ObjectIds;
  /** How long done jobs are kept, in ms. */
  readonly retention: number;
}

/** What people, and calls with the same unique key, do to jobs that are stored. */
export class JobUpdates {
  readonly #jobs: Jobs;
  readonly #clock: ServerClock;
  readonly #ids: ObjectIds;
  readonly #retention: number;

  constructor({ jobs, clock, ids, retention }: JobChangesOptions) {
    this.#retention = retention;
    this.#jobs = jobs;
    this.#clock = clock;
    this.#ids = ids;
  }

  /** @throws DuplicateKeyError when another job took the key meanwhile */
  async retry(id: string): Promise<boolean> {
    const _id = this.#ids.parse(id);
    const job = _id && (await this.#jobs.findOne({ _id, state: { $in: ["failed", "ready"] } }));
    return job ? this.#retryOne(job) : false;
  }

  /** @returns how many are tried again; those whose key is taken stay failed */
  async retryAll({ uniqueKey, ...rest }: JobFilter, { most = Infinity }: BulkOptions): Promise<number> {
    // Those that fail while this goes on are left alone.
    const failedAt = { $gt: new Date(0), $lte: this.#clock.now() };
    const failed = { ...indexed({ ...defined(rest), state: "failed" as const }), failedAt };
    let count = 0;
    if (uniqueKey === undefined) {
      const keyless = { ...failed, uniqueKey: { $exists: false } };
      count = await this.#inSlices(keyless, most, async (ids) => {
        const again = await this.#jobs.updateMany({ _id: { $in: ids }, state: "failed" }, this.#again());
        return again.modifiedCount;
      });
    }
    if (count >= most) return count;
    for await (const job of this.#jobs.find({ ...failed, uniqueKey: uniqueKey ?? { $exists: true } })) {
      if (await this.#retryUnlessTaken(job)) count += 1;
      if (count >= most) break;
    }
    return count;
  }

  async reschedule(id: string, runAt: Date): Promise<boolean> {
    const _id = this.#ids.parse(id);
    if (_id === undefined) return false;
    return (
      (await this.#jobs.updateOne({ _id, state: "ready" }, { $set: { runAt }, $unset: { dueAt: "" } }))
        .matchedCount > 0
    );
  }

  async remove(id: string): Promise<boolean> {
    return this.#delete(id, { $ne: "leased" });
  }

  async cancel(id: string): Promise<boolean> {
    return this.#delete(id, { $in: ["ready", "leased"] });
  }

  async removeAll(filter: JobFilter, { running = false, most = Infinity }: RemoveOptions): Promise<number> {
    const unheld = running ? {} : { $nor: [{ state: "leased" as const }] };
    const wanted = { ...indexed(defined(filter)), ...unheld };
    return this.#inSlices(wanted, most, async (ids) => {
      const removed = await this.#jobs.deleteMany({ ...wanted, _id: { $in: ids } });
      return removed.deletedCount;
    });
  }

  async rewriteTexts(id: string, { lastError, errors, progress }: JobTexts): Promise<boolean> {
    const _id = this.#ids.parse(id);
    if (_id === undefined) return false;
    const changed = await Promise.all([
      lastError !== undefined &&
        this.#jobs.updateOne({ _id, lastError: { $exists: true } }, { $set: { lastError } }),
      errors !== undefined &&
        this.#jobs.updateOne({ _id, attemptErrors: { $exists: true } }, { $set: { attemptErrors: errors } }),
      progress !== undefined &&
        this.#jobs.updateOne(
          { _id, "progress.text": { $exists: true } },
          { $set: { "progress.text": progress } },
        ),
    ]);
    return changed.some((result) => result !== false && result.matchedCount > 0);
  }

  async removeFailedBefore(ms: number): Promise<number> {
    const failedAt = { $lt: new Date(this.#clock.now().getTime() - ms) };
    const old = { state: "failed" as const, failedAt, group: { $exists: false } };
    return (await this.#jobs.deleteMany(old)).deletedCount;
  }

  /**
   * Puts another call in the place of a waiting one, which keeps its id, its age and its unique key. A claim that has read the one
   * before does not get it.
   */
  async replace(id: string, job: NewJob, session?: ClientSession): Promise<JobRecord | undefined> {
    const { _id: _, state: __, createdAt: ___, ...fields } = toDocument(job, this.#clock.now(), this.#ids);
    const gone = REPLACEABLE.filter((field) => !(field in fields)).map((field) => [field, ""]);
    const unset = Object.fromEntries([
      ...gone,
      ["checkpoint", ""],
      ["progress", ""],
      ["lastError", ""],
      ["attemptErrors", ""],
      ["dueAt", ""],
    ]);
    const replaced = await this.#jobs.findOneAndUpdate(
      { _id: this.#ids.of(id), state: "ready", liveKey: job.uniqueKey ?? "" },
      { $set: { ...fields, settledBy: randomUUID() }, $unset: unset },
      { returnDocument: "after", ...(session && { session }) },
    );
    return replaced ? toRecord(replaced) : undefined;
  }

  async wakeGroup(group: string): Promise<number> {
    const now = this.#clock.now();
    const waiting = { group, state: "ready" as const, runAt: { $gt: now } };
    return (await this.#jobs.updateMany(waiting, { $set: { runAt: now } })).modifiedCount;
  }

  async startParked(group: string, runAt = this.#clock.now()): Promise<number> {
    const parked = { group, state: "ready" as const, runAt: PARKED, dueAt: { $exists: false } };
    return (await this.#jobs.updateMany(parked, { $set: { runAt } })).modifiedCount;
  }

  /** Its unique key holds a done job here too, because the key stands in its document. */
  async releaseDone(group: string): Promise<void> {
    const own = [{ $ifNull: ["$resultFor", 0] }, { $ifNull: ["$uniqueFor", 0] }];
    const amount = { $max: [this.#retention, ...own] };
    const purgeAt = { $dateAdd: { startDate: "$finishedAt", unit: "millisecond", amount } };
    await this.#jobs.updateMany({ group, state: "done" }, [{ $set: { purgeAt } }]);
  }

  async dropGroup(group: string): Promise<number> {
    return (await this.#jobs.deleteMany({ group, state: "ready" })).deletedCount;
  }

  /** @param change what takes jobs out of those that fit @returns how many it changed */
  async #inSlices(
    wanted: mongo.Filter<JobDocument>,
    most: number,
    change: (ids: JobDocument["_id"][]) => Promise<number>,
  ): Promise<number> {
    let count = 0;
    while (count < most) {
      const limit = Math.min(BULK_SLICE, most - count);
      const found = await this.#jobs
        .find(wanted)
        .project<Pick<JobDocument, "_id">>({ _id: 1 })
        .limit(limit)
        .toArray();
      if (found.length > 0) count += await change(found.map(({ _id }) => _id));
      if (found.length < limit) break;
    }
    return count;
  }

  async #delete(id: string, state: mongo.Condition<JobDocument["state"]>): Promise<boolean> {
    const _id = this.#ids.parse(id);
    return _id !== undefined && (await this.#jobs.deleteOne({ _id, state })).deletedCount > 0;
  }

  async #retryUnlessTaken(job: JobDocument): Promise<boolean> {
    try {
      return await this.#retryOne(job);
    } catch (error) {
      if (error instanceof DuplicateKeyError) return false;
      throw error;
    }
  }

  async #retryOne({ _id, state, uniqueKey }: JobDocument): Promise<boolean> {
    const live = uniqueKey === undefined ? {} : { liveKey: uniqueKey };
    const update = () => this.#jobs.updateOne({ _id, state }, this.#again(live));
    return (await takingKey(this.#jobs, uniqueKey, update)).matchedCount > 0;
  }

  #again(live: Pick<JobDocument, "liveKey"> = {}): mongo.UpdateFilter<JobDocument> {
    const set = { state: "ready" as const, runAt: this.#clock.now(), attempts: 0, crashes: 0, ...live };
    return { $set: set, $unset: { lastError: "", failReason: "", failedAt: "", dueAt: "" } };
  }
}

/** What one call may have and another not. */
const REPLACEABLE: readonly (keyof JobDocument)[] = [
  "format",
  "uniqueFor",
  "group",
  "expiresAt",
  "maxRunTime",
  "maxCrashes",
  "backoff",
  "resultFor",
  "limit",
];
