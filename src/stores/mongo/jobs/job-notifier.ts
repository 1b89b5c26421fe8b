import type { mongo } from "mongoose";

/** One small document that is touched when jobs were stored, so that workers elsewhere wake. */
export interface DoorbellDocument {
  _id: string;
  rung: Date;
}

type Bells = mongo.Collection<DoorbellDocument>;

const RING_EVERY_MS = 50;
const FIRST_REOPEN_MS = 1_000;
const LAST_REOPEN_MS = 60_000;

/**
 * Wakes workers: at once in this process, and through a change stream elsewhere. Where there is no change stream (a single
 * server) or it breaks, workers poll as they always do; it is opened again, ever more rarely.
 */
export class JobNotifier {
  readonly #bells: Bells;
  readonly #listeners = new Set<() => void>();
  #stream: mongo.ChangeStream<DoorbellDocument> | undefined;
  #reopen: NodeJS.Timeout | undefined;
  #reopenMs = FIRST_REOPEN_MS;
  #isOpen = false;
  #pending: NodeJS.Timeout | undefined;
  #ringing: Promise<void> = Promise.resolve();
  /** By `performance.now()`. */
  #rangAt = Number.NEGATIVE_INFINITY;

  constructor(bells: Bells) {
    this.#bells = bells;
  }

  /** Whether rings from elsewhere are heard. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Rings now; elsewhere too, unless it rang within `RING_EVERY_MS`: then at the end of that time, once for all rings in it. */
  ring(): void {
    for (const listener of this.#listeners) listener();
    const wait = this.#rangAt + RING_EVERY_MS - performance.now();
    if (wait <= 0) this.#ringElsewhere();
    else this.#pending ??= setTimeout(() => this.#ringElsewhere(), wait).unref();
  }

  /** @returns stop */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) void this.#stop();
    };
  }

  /** Rings what is still to be rung, and ends. */
  async close(): Promise<void> {
    const pending = this.#pending !== undefined;
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#listeners.clear();
    await this.#stop();
    if (pending) this.#ringElsewhere();
    await this.#ringing;
  }

  #ringElsewhere(): void {
    this.#rangAt = performance.now();
    this.#pending = undefined;
    // A ring that is lost costs a poll interval, nothing else.
    this.#ringing = this.#touch().catch(() => undefined);
  }

  async #touch(): Promise<void> {
    await this.#bells.updateOne(
      { _id: "jobs" },
      { $currentDate: { rung: true } },
      { upsert: true, writeConcern: { w: 1 } },
    );
  }

  #open(): void {
    const stream = this.#bells.watch([], { maxAwaitTimeMS: 10_000 });
    this.#stream = stream;
    // The first answer of the server, and then every empty one.
    stream.on("resumeTokenChanged", () => {
      this.#isOpen = this.#stream === stream;
    });
    stream.on("change", () => {
      this.#reopenMs = FIRST_REOPEN_MS;
      for (const listener of this.#listeners) listener();
    });
    stream.on("error", () => this.#openLater(stream));
  }

  #openLater(broken: mongo.ChangeStream<DoorbellDocument>): void {
    if (this.#stream !== broken) return;
    this.#stream = undefined;
    this.#isOpen = false;
    void broken.close().catch(() => undefined);
    for (const listener of this.#listeners) listener();
    this.#reopen = setTimeout(() => this.#open(), this.#reopenMs).unref();
    this.#reopenMs = Math.min(LAST_REOPEN_MS, this.#reopenMs * 2);
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#reopen);
    const stream = this.#stream;
    this.#stream = undefined;
    this.#isOpen = false;
    await stream?.close().catch(() => undefined);
  }
}
