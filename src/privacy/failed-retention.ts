import type { JobStore } from "../jobs/job-store.ts";
import type { Chore } from "../queue/worker/chores.ts";

/** Removes failed jobs that were kept for long enough. Every worker has one; several at once do no harm. */
export class FailedRetention implements Chore {
  readonly name = "removing old failed jobs";
  readonly everyMs = 60_000;
  readonly #jobs: Pick<JobStore, "removeFailedBefore">;
  readonly #retention: number;

  /** @param retention how long they are kept, in ms */
  constructor(jobs: Pick<JobStore, "removeFailedBefore">, retention: number) {
    this.#jobs = jobs;
    this.#retention = retention;
  }

  /** @throws StoreError */
  async run(): Promise<void> {
    await this.#jobs.removeFailedBefore(this.#retention);
  }
}
