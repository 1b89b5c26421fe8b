import type { mongo } from "mongoose";
import type { JobFilter, JobFind, NewerJobs, OverdueJobs, WaitingJobs } from "../../../jobs/job-record.ts";
import type { QueueCount } from "../../../jobs/job-store.ts";
import type { ObjectIds } from "../application-mongoose.ts";
import { indexed } from "../indexes.ts";
import { defined, type JobDocument } from "./job-document.ts";

type Jobs = mongo.Collection<JobDocument>;

export interface JobSearchOptions {
  readonly jobs: Jobs;
  readonly ids: ObjectIds;
}

/** What people and the command line ask about jobs. */
export class JobSearch {
  readonly #jobs: Jobs;
  readonly #ids: ObjectIds;

  constructor({ jobs, ids }: JobSearchOptions) {
    this.#jobs = jobs;
    this.#ids = ids;
  }

  async get(id: string): Promise<JobDocument | undefined> {
    const _id = this.#ids.parse(id);
    return (_id && (await this.#jobs.findOne({ _id }))) ?? undefined;
  }

  async find({
    order = "oldest",
    limit = 100,
    offset = 0,
    after,
    ...filter
  }: JobFind): Promise<readonly JobDocument[]> {
    const direction = order === "oldest" ? 1 : -1;
    const sort: Record<string, 1 | -1> =
      filter.state === "failed" ? { failedAt: direction, _id: direction } : { _id: direction };
    if (limit < 1) return [];
    const later = after === undefined ? {} : { _id: { $gt: this.#ids.of(after) } };
    return this.#jobs
      .find({ ...indexed(defined(filter)), ...later })
      .sort(sort)
      .skip(offset)
      .limit(limit)
      .toArray();
  }

  count(filter: JobFilter): Promise<number> {
    return this.#jobs.countDocuments(indexed(defined(filter)));
  }

  async liveKeys(keys: readonly string[]): Promise<readonly string[]> {
    const live = { liveKey: { $in: [...keys] }, state: { $in: ["ready" as const, "leased" as const] } };
    const found = await this.#jobs.find(live).project<{ liveKey: string }>({ _id: 0, liveKey: 1 }).toArray();
    return found.map(({ liveKey }) => liveKey);
  }

  async hasLive(group: string): Promise<boolean> {
    const live = { group, state: { $in: ["ready" as const, "leased" as const] } };
    return (await this.#jobs.findOne(live, { projection: { _id: 1 } })) !== null;
  }

  counts(): Promise<readonly QueueCount[]> {
    const pipeline = [
      { $group: { _id: { queue: "$queue", state: "$state" }, count: { $sum: 1 } } },
      { $project: { _id: 0, queue: "$_id.queue", state: "$_id.state", count: 1 } },
      { $sort: { queue: 1, state: 1 } },
    ];
    return this.#jobs.aggregate<QueueCount>(pipeline).toArray();
  }

  waiting(group: string): Promise<readonly WaitingJobs[]> {
    const pipeline = [
      { $match: { group, state: "ready" } },
      { $group: { _id: "$lastError", count: { $sum: 1 }, due: { $min: "$runAt" } } },
      { $sort: { count: -1, _id: 1 } },
      { $project: { _id: 0, lastError: "$_id", count: 1, due: 1 } },
    ];
    return this.#jobs.aggregate<WaitingJobs>(pipeline).toArray();
  }

  overdue(before: Date): Promise<readonly OverdueJobs[]> {
    const waiting = indexed({ state: "ready" as const, runAt: { $lt: before } });
    const left = { state: "leased", lockedUntil: { $lt: before } };
    const pipeline = [
      { $match: { $or: [waiting, left] } },
      { $group: { _id: "$queue", count: { $sum: 1 }, oldest: { $min: "$runAt" } } },
      { $project: { _id: 0, queue: "$_id", count: 1, oldest: 1 } },
      { $sort: { queue: 1 } },
    ];
    return this.#jobs.aggregate<OverdueJobs>(pipeline).toArray();
  }

  async newer(format: number, before: Date): Promise<NewerJobs | undefined> {
    const newer = { format: { $gt: format }, state: "ready" as const, createdAt: { $lt: before } };
    const pipeline = [
      { $match: newer },
      {
        $group: {
          _id: null,
          count: { $sum: 1 },
          format: { $max: "$format" },
          oldest: { $min: "$createdAt" },
        },
      },
      { $project: { _id: 0 } },
    ];
    const [found] = await this.#jobs.aggregate<NewerJobs>(pipeline).toArray();
    return found;
  }
}
