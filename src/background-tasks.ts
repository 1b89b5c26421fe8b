export interface BackgroundTasksOptions {
  /** How many may run before `room` waits. @default Infinity */
  readonly limit?: number;
  /** Called when the last of them ended. */
  readonly onIdle?: () => void;
}

/** What still runs after the work that it belongs to is done, such as hooks and callbacks: it holds up only the end of the process. */
export class BackgroundTasks {
  readonly #limit: number;
  readonly #onIdle: () => void;
  readonly #running = new Set<Promise<void>>();

  constructor({ limit = Number.POSITIVE_INFINITY, onIdle = () => undefined }: BackgroundTasksOptions = {}) {
    this.#limit = limit;
    this.#onIdle = onIdle;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Waits until fewer run than the limit. */
  async room(): Promise<void> {
    while (this.#running.size >= this.#limit) await Promise.race(this.#running);
  }

  /** @param task must not reject. @returns when it has ended */
  add(task: Promise<void>): Promise<void> {
    const ended = task.then(() => {
      this.#running.delete(ended);
      if (this.#running.size === 0) this.#onIdle();
    });
    this.#running.add(ended);
    return ended;
  }

  /** Waits for all of them, and for those that are added meanwhile. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
