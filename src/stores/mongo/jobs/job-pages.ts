import type { mongo } from "mongoose";
import {
  type JobPageRequest,
  type JobTally,
  PAGE_ORDER,
  type QueueTally,
  TALLIED_PRIORITIES,
  TALLIED_QUEUES,
} from "../../../jobs/job-list.ts";
import { JOB_STATES } from "../../../jobs/job-record.ts";
import type { ObjectIds } from "../application-mongoose.ts";
import type { JobDocument } from "./job-document.ts";

type Jobs = mongo.Collection<JobDocument>;
type Filter = Readonly<Record<string, unknown>>;

export interface JobPagesOptions {
  readonly jobs: Jobs;
  readonly ids: ObjectIds;
}

/** By state, the index that holds its jobs in the order of pages. */
const INDEXES = { ready: "claim", leased: "leases", failed: "failed", done: "done" } as const;

/** Below every priority. */
const LOWEST = -(2 ** 31) - 1;

/** What pages of a browser ask about jobs: only what an index answers without passing over others. */
export class JobPages {
  readonly #jobs: Jobs;
  readonly #ids: ObjectIds;

  constructor({ jobs, ids }: JobPagesOptions) {
    this.#jobs = jobs;
    this.#ids = ids;
  }

  /**
   * The page after a place is read from one range after another: first the jobs that share all keys with it but the last, then all but the
   * last two, and so on.
   */
  async page(request: JobPageRequest): Promise<readonly JobDocument[]> {
    const { state, limit } = request;
    const { keys, descending } = PAGE_ORDER[state ?? "all"];
    const sort = Object.fromEntries(keys.map((key) => [fieldOf(key), descending ? -1 : 1] as const));
    const found: JobDocument[] = [];
    for (const range of this.#ranges(request)) {
      if (found.length >= limit) break;
      const cursor = this.#jobs
        .find(range)
        .sort(sort)
        .limit(limit - found.length);
      found.push(...(await (state === undefined ? cursor : cursor.hint(INDEXES[state])).toArray()));
    }
    return found;
  }

  async tally(most: number): Promise<JobTally> {
    const count = (filter: Filter, hint: string) => this.#jobs.countDocuments(filter, { limit: most, hint });
    const states = await Promise.all(
      JOB_STATES.map(async (state) => [state, await count({ state }, INDEXES[state])] as const),
    );
    const queues: QueueTally[] = [];
    for (let queue = ""; queues.length < TALLIED_QUEUES; ) {
      const next = await this.#jobs.findOne(
        { state: "ready", queue: { $gt: queue } },
        { sort: { queue: 1 }, hint: INDEXES.ready, projection: { queue: 1 } },
      );
      if (next === null) break;
      queue = next.queue;
      const ready = await count({ state: "ready", queue }, INDEXES.ready);
      queues.push({ queue, ready, firstAt: await this.#firstAt(queue) });
    }
    // One for each state.
    return { states: Object.fromEntries(states) as JobTally["states"], queues };
  }

  /** The earliest of the first jobs of its priorities, each found by one seek. */
  async #firstAt(queue: string): Promise<Date> {
    const times: number[] = [];
    for (let above = LOWEST; times.length < TALLIED_PRIORITIES; ) {
      const found = await this.#jobs.findOne(
        { state: "ready", queue, priority: { $gt: above } },
        { sort: { priority: 1, runAt: 1 }, hint: INDEXES.ready, projection: { priority: 1, runAt: 1 } },
      );
      if (found === null) break;
      times.push(found.runAt.getTime());
      above = found.priority;
    }
    // Taken meanwhile: nothing of it is due.
    return new Date(times.length === 0 ? 8.64e15 : Math.min(...times));
  }

  #ranges({ state, queue, after }: JobPageRequest): readonly Filter[] {
    const { keys, descending } = PAGE_ORDER[state ?? "all"];
    const isOfQueue = state === "ready" && queue !== undefined;
    const fixed = { ...(state !== undefined && { state }), ...(isOfQueue && { queue }) };
    if (after === undefined) return [fixed];
    const placeOf = (key: (typeof keys)[number]) => (key === "id" ? this.#ids.parse(after.id) : after[key]);
    const ranges = keys.map((key, index) => ({
      ...fixed,
      ...Object.fromEntries(keys.slice(0, index).map((before) => [fieldOf(before), placeOf(before)])),
      [fieldOf(key)]: { [descending ? "$lt" : "$gt"]: placeOf(key) },
    }));
    return ranges.slice(isOfQueue ? 1 : 0).toReversed();
  }
}

function fieldOf(key: string): string {
  return key === "id" ? "_id" : key;
}
