import type { JobStore, Reaped } from "../../jobs/job-store.ts";

export interface ReaperOptions {
  readonly store: Pick<JobStore, "reap">;
  /** How often to look, in ms. */
  readonly everyMs: number;
  readonly random: () => number;
  /** Asked before leases that have run out are freed; where it resolves to false, they are left for the next look. */
  readonly mayFree?: () => Promise<boolean>;
  /** Called when leases were freed. */
  readonly onReaped: (reaped: Reaped) => void;
  /** Called after every look. */
  readonly onLooked?: () => void;
  readonly onError: (error: unknown) => void;
}

/** Frees the leases of workers that went away, every now and then; many workers may do so at once. */
export class Reaper {
  readonly #options: ReaperOptions;
  #timer: NodeJS.Timeout | undefined;
  #reaping: Promise<void> = Promise.resolve();

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  /** Looks now, and then again and again; the intervals of several workers drift apart. */
  async start(): Promise<void> {
    const { everyMs, random } = this.#options;
    this.#timer = setInterval(() => void this.look(), everyMs * (0.9 + 0.2 * random()));
    await this.look();
  }

  /** @param workerId whose leases are to be freed though they have not run out; without it, those of all that have */
  look(workerId?: string): Promise<void> {
    this.#reaping = this.#reaping.then(() => this.#reap(workerId));
    return this.#reaping;
  }

  /** Resolves when a look that is under way has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reaping;
  }

  async #reap(workerId: string | undefined): Promise<void> {
    const { store, mayFree, onReaped, onLooked, onError } = this.#options;
    if (workerId === undefined && (await mayFree?.()) === false) return;
    try {
      const reaped = await store.reap(workerId);
      onLooked?.();
      if (reaped.freed + reaped.failed.length > 0) onReaped(reaped);
    } catch (error) {
      onError(error);
    }
  }
}
