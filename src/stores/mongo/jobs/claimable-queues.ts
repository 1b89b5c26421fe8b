import type { mongo } from "mongoose";
import type { ClaimRequest } from "../../../jobs/job-store.ts";
import type { JobDocument } from "./job-document.ts";
import type { PausedQueueNames } from "./paused-queue-names.ts";

interface QueueNames {
  readonly names: readonly string[];
  /** By `performance.now()`, which is small in a young process. */
  readonly readAt: number;
}

const NONE: QueueNames = { names: [], readAt: Number.NEGATIVE_INFINITY };
const KNOWN_FOR_MS = 1_000;

/** Which queues a claim may take from. The claim index begins with the queue, so a claim from all queues names them. */
export class ClaimableQueues {
  readonly #jobs: mongo.Collection<JobDocument>;
  readonly #paused: PausedQueueNames;
  #known: QueueNames = NONE;
  #isBacklog = false;

  constructor(jobs: mongo.Collection<JobDocument>, paused: PausedQueueNames) {
    this.#jobs = jobs;
    this.#paused = paused;
  }

  /** To be called before a claim: known names are for a backlog only, else a queue that is new may have more. */
  renew(): void {
    if (!this.#isBacklog) this.#known = NONE;
  }

  /** @param isBacklog whether the claim found as much as it asked for */
  note({ isBacklog }: { readonly isBacklog: boolean }): void {
    this.#isBacklog = isBacklog;
  }

  /** A job was stored in this process: its queue may be a new one. */
  noteQueue(queue: string): void {
    if (!this.#known.names.includes(queue)) this.#known = NONE;
  }

  async of({ queues = [], exceptQueues = [] }: ClaimRequest): Promise<readonly string[]> {
    const names = queues.length > 0 ? queues : await this.#withJobs();
    if (names.length === 0) return [];
    const except = new Set([...exceptQueues, ...(await this.#paused.names())]);
    return names.filter((queue) => !except.has(queue));
  }

  async #withJobs(): Promise<readonly string[]> {
    if (performance.now() - this.#known.readAt < KNOWN_FOR_MS) return this.#known.names;
    const names = await this.#read();
    this.#known = { names, readAt: performance.now() };
    return names;
  }

  /**
   * From name to name along the claim index, one short read each. `distinct` would read the whole collection: the server scans an index
   * for it only where the filter is on its first field.
   */
  async #read(): Promise<readonly string[]> {
    const names: string[] = [];
    for (let next = await this.#after(""); next !== undefined; next = await this.#after(next))
      names.push(next);
    return names;
  }

  async #after(name: string): Promise<string | undefined> {
    const next = { state: "ready", queue: { $gt: name } } as const;
    const options = { sort: { queue: 1 }, projection: { _id: 0, queue: 1 } } as const;
    return (await this.#jobs.findOne(next, options))?.queue;
  }
}
