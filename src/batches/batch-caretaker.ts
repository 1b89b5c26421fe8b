import { batchGroup } from "../jobs/batch.ts";
import type { Chore } from "../queue/worker/chores.ts";
import type { BatchRecord } from "./batch-store.ts";
import { type BatchParts, endBatch } from "./end-batch.ts";
import { removeBatch } from "./remove-batch.ts";

/** A batch that is being stored for so long has nobody who stores it any more, in ms. */
export const ABANDONED_AFTER_MS = 600_000;

export interface BatchCaretakerOptions extends BatchParts {
  /** How long ended batches are kept, in ms. Defaults to for ever. */
  readonly retention?: number | undefined;
}

/**
 * Goes on with batches where a process stopped that is gone: starts jobs that are all stored, ends a batch whose last job ended, takes
 * back one that was never stored wholly, and removes those that ended long ago. Every worker has one; several at once do no harm.
 */
export class BatchCaretaker implements Chore {
  readonly name = "tending batches";
  readonly everyMs = 10_000;
  readonly #options: BatchCaretakerOptions;
  /** Of the batches that are looked at right now, whether they are to be looked at once more. */
  readonly #looking = new Map<string, { again: boolean; readonly done: Promise<void> }>();

  constructor(options: BatchCaretakerOptions) {
    this.#options = options;
  }

  /** @throws StoreError */
  async run(): Promise<void> {
    const { batches, jobs, retention } = this.#options;
    const now = Date.now() + jobs.clockOffset;
    for (const batch of await batches.open()) await this.#tend(batch, now);
    if (retention === undefined) return;
    for (const id of await batches.endedBefore(new Date(now - retention)))
      await removeBatch(id, "ended", this.#options);
  }

  /**
   * A job of this batch has ended. However many end at once, the batch is looked at by one read at a time.
   * @throws StoreError
   */
  noteEnded(id: string): Promise<void> {
    const looking = this.#looking.get(id);
    if (looking) {
      looking.again = true;
      return looking.done;
    }
    const done = this.#look(id).finally(() => this.#looking.delete(id));
    this.#looking.set(id, { again: false, done });
    return done;
  }

  async #look(id: string): Promise<void> {
    const { batches, jobs } = this.#options;
    for (let again = true; again; again = this.#isAskedAgain(id)) {
      if (await jobs.hasLive(batchGroup(id))) continue;
      const batch = await batches.find(id);
      if (batch?.state === "running" || batch?.state === "ending") await endBatch(batch, this.#options);
    }
  }

  #isAskedAgain(id: string): boolean {
    const looking = this.#looking.get(id);
    const again = looking?.again === true;
    if (looking) looking.again = false;
    return again;
  }

  async #tend(batch: BatchRecord, now: number): Promise<void> {
    const { batches, jobs } = this.#options;
    const { id, state, createdAt, runAt } = batch;
    if (state === "storing") {
      if (now - createdAt.getTime() > ABANDONED_AFTER_MS) await removeBatch(id, "storing", this.#options);
      return;
    }
    if (state === "starting") {
      await jobs.startParked(batchGroup(id), runAt);
      await batches.advance(id, "starting", "running");
      return;
    }
    await endBatch(batch, this.#options);
  }
}
