import { setImmediate as otherTurns } from "node:timers/promises";
import type { JobFilter } from "../../../jobs/job-record.ts";
import { BULK_SLICE, type BulkOptions, type RemoveOptions } from "../../../jobs/job-store.ts";
import type { FailedPlace, JobUpdates, RetriedSlice, RetrySlice } from "./job-updates.ts";

/** A write that waits for those of other processes. */
type Write = <T>(work: () => T) => Promise<T>;

const BEGINNING: FailedPlace = { failed_at: Number.MIN_SAFE_INTEGER, id: "" };

/** What is done to many jobs, a slice at a time: nobody waits longer for the file than for one slice. */
export class BulkUpdates {
  readonly #updates: JobUpdates;
  readonly #write: Write;

  constructor(updates: JobUpdates, write: Write) {
    this.#updates = updates;
    this.#write = write;
  }

  async retryAll(filter: JobFilter, now: () => number, { most = Infinity }: BulkOptions): Promise<number> {
    const until = await this.#write(() => this.#updates.lastFailed(filter));
    let count = 0;
    let after: FailedPlace | undefined = BEGINNING;
    while (until && after && count < most) {
      const slice: RetrySlice = { after, until, limit: Math.min(BULK_SLICE, most - count), now: now() };
      const { count: retried, last }: RetriedSlice = await this.#write(() =>
        this.#updates.retrySlice(filter, slice),
      );
      count += retried;
      after = last;
      await otherTurns();
    }
    return count;
  }

  async removeAll(filter: JobFilter, { running = false, most = Infinity }: RemoveOptions): Promise<number> {
    let count = 0;
    while (count < most) {
      const limit = Math.min(BULK_SLICE, most - count);
      const removed = await this.#write(() => this.#updates.removeSlice(filter, running, limit));
      count += removed;
      if (removed < limit) break;
      await otherTurns();
    }
    return count;
  }
}
