import type { mongo } from "mongoose";
import type { ClaimRequest } from "../../queue/store.ts";
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
    const names = await this.#jobs.distinct("queue", { state: "ready" });
    this.#known = { names, readAt: performance.now() };
    return names;
  }
}
