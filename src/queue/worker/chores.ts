import type { JobStore, Reaped } from "../../jobs/job-store.ts";

/** Something that every worker does now and then, beside its jobs. */
export interface Chore {
  /** For events: "tending newsletters". */
  readonly name: string;
  /** How often, in ms; the intervals of several workers drift apart. */
  readonly everyMs: number;
  run(): Promise<void>;
  /** Done once more when the worker has ended its jobs. */
  end?(): Promise<void>;
}

export interface ChoresOptions {
  readonly chores: readonly Chore[];
  readonly random: () => number;
  readonly onError: (name: string, error: unknown) => void;
}

/** Does each chore at the start and then again and again, never twice at once. None of its promises rejects. */
export class Chores {
  readonly #options: ChoresOptions;
  readonly #running = new Map<Chore, Promise<void>>();
  #timers: readonly NodeJS.Timeout[] = [];

  constructor(options: ChoresOptions) {
    this.#options = options;
  }

  start(): void {
    const { chores, random } = this.#options;
    this.#timers = chores.map((chore) =>
      setInterval(() => this.#begin(chore), chore.everyMs * (0.8 + 0.4 * random())),
    );
    for (const chore of chores) this.#begin(chore);
  }

  /** Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running.values());
  }

  /** What is left to do when no job runs any more. */
  async end(): Promise<void> {
    for (const chore of this.#options.chores) await this.#quietly(chore, async () => chore.end?.());
  }

  #begin(chore: Chore): void {
    if (!this.#running.has(chore)) this.#running.set(chore, this.#run(chore));
  }

  async #run(chore: Chore): Promise<void> {
    await this.#quietly(chore, () => chore.run());
    this.#running.delete(chore);
  }

  async #quietly({ name }: Chore, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#options.onError(name, error);
    }
  }
}

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
