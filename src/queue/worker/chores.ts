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
