import type { mongo } from "mongoose";

/** A queue that is paused for all workers. */
export interface PausedQueueDocument {
  _id: string;
  pausedAt: Date;
}

/** How long another process's pause may stay unknown here where no doorbell tells of it, in ms. */
const KNOWN_FOR_MS = 5_000;

/** The queues that are paused, remembered for a while so that a claim costs no read more. */
export class PausedQueueNames {
  readonly #queues: mongo.Collection<PausedQueueDocument>;
  #names: Promise<readonly string[]> | undefined;
  #readAt = 0;

  constructor(queues: mongo.Collection<PausedQueueDocument>) {
    this.#queues = queues;
  }

  names(): Promise<readonly string[]> {
    if (this.#names && performance.now() - this.#readAt < KNOWN_FOR_MS) return this.#names;
    this.#readAt = performance.now();
    const names = this.read();
    names.catch(() => this.forget());
    this.#names = names;
    return names;
  }

  /** As they are now. */
  async read(): Promise<readonly string[]> {
    const queues = await this.#queues.find().sort({ _id: 1 }).toArray();
    return queues.map(({ _id }) => _id);
  }

  forget(): void {
    this.#names = undefined;
  }

  async pause(queue: string, now: Date): Promise<void> {
    await this.#queues.updateOne({ _id: queue }, { $setOnInsert: { pausedAt: now } }, { upsert: true });
    this.forget();
  }

  async resume(queue: string): Promise<void> {
    await this.#queues.deleteOne({ _id: queue });
    this.forget();
  }
}
