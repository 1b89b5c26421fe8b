import type { mongo } from "mongoose";
import { PARKED } from "../../../jobs/batch.ts";
import type { JobLimit } from "../../../jobs/job-limit.ts";
import type { Lease } from "../../../jobs/job-store.ts";
import type { ObjectIds } from "../application-mongoose.ts";
import type { ServerClock } from "../server-clock.ts";
import { type JobDocument, UNLOCK } from "./job-document.ts";

export interface JobLimitsOptions {
  readonly jobs: mongo.Collection<JobDocument>;
  readonly clock: ServerClock;
  readonly ids: ObjectIds;
}

const BEHIND = { dueAt: "$runAt", runAt: PARKED };

/** Of jobs with this very limit. */
function sameLimit({ key, concurrency, rate }: JobLimit): mongo.Filter<JobDocument> {
  const absent = { $exists: false };
  return {
    "limit.key": key,
    "limit.concurrency": concurrency ?? absent,
    "limit.rate.limit": rate?.limit ?? absent,
    "limit.rate.per": rate?.per ?? absent,
  };
}

/** Jobs that wait behind others of their limit's key: no claim meets them, because they are due far away. */
export class JobLimits {
  readonly #jobs: mongo.Collection<JobDocument>;
  readonly #clock: ServerClock;
  readonly #ids: ObjectIds;

  constructor({ jobs, clock, ids }: JobLimitsOptions) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#ids = ids;
  }

  async putBehind(leases: readonly Lease[], limits: readonly JobLimit[]): Promise<void> {
    const held = {
      _id: { $in: leases.flatMap(({ id }) => this.#ids.parse(id) ?? []) },
      lockToken: { $in: [...new Set(leases.map(({ token }) => token))] },
      state: "leased" as const,
    };
    const attempts = { $subtract: ["$attempts", 1] };
    await this.#jobs.updateMany(held, [
      { $set: { ...BEHIND, state: "ready", attempts, settledBy: "$lockToken" } },
      { $unset: Object.keys(UNLOCK) },
    ]);
    for (const limit of limits) {
      const others = { ...sameLimit(limit), state: "ready" as const, runAt: { $lte: this.#clock.now() } };
      await this.#jobs.updateMany(others, [{ $set: BEHIND }]);
    }
  }

  async bringForward(limit: JobLimit, count: number): Promise<number> {
    const behind = { ...sameLimit(limit), dueAt: { $exists: true } };
    const first = await this.#jobs
      .find(behind, { projection: { _id: 1 } })
      .sort({ priority: 1, dueAt: 1, _id: 1 })
      .limit(count)
      .toArray();
    if (first.length === 0) return 0;
    const waiting = {
      _id: { $in: first.map(({ _id }) => _id) },
      state: "ready" as const,
      dueAt: { $exists: true },
    };
    const forward = [{ $set: { runAt: "$dueAt" } }, { $unset: ["dueAt"] }];
    return (await this.#jobs.updateMany(waiting, forward)).modifiedCount;
  }

  async nextBehind(key: string): Promise<JobLimit | undefined> {
    const behind = { "limit.key": { $gt: key }, dueAt: { $exists: true } };
    const options = { sort: { "limit.key": 1 }, projection: { _id: 0, limit: 1 } } as const;
    return (await this.#jobs.findOne(behind, options))?.limit;
  }

  countBehind(key: string, most: number): Promise<number> {
    const behind = { "limit.key": key, dueAt: { $exists: true } };
    return this.#jobs.countDocuments(behind, { limit: most, hint: "behind" });
  }
}
