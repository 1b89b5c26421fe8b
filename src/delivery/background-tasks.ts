export interface AftermathOptions {
  readonly onError: (callback: string, error: unknown) => void;
  /** How much may be under way before the next mail waits. @default 100 */
  readonly limit?: number;
  /** How long one piece may take until nobody waits for it any more, in ms. @default 60_000 */
  readonly timeout?: number;
}

/**
 * What is still done for a mail when the server has taken it. It runs beside the record of that, and not before it: whatever it does,
 * however long it takes, the mail is sent once.
 */
export class Aftermath {
  readonly #options: Required<AftermathOptions>;
  readonly #running = new Set<Promise<void>>();

  constructor({ limit = 100, timeout = 60_000, onError }: AftermathOptions) {
    this.#options = { limit, timeout, onError };
  }

  /** Waits until little enough is under way to send another mail. */
  async room(): Promise<void> {
    while (this.#running.size >= this.#options.limit) await Promise.race(this.#running);
  }

  /** @returns when it has ended, well or not, or its time is up */
  add(callback: string, run: () => void | Promise<void>): Promise<void> {
    const ended = this.#run(callback, run);
    this.#running.add(ended);
    void ended.then(() => this.#running.delete(ended));
    return ended;
  }

  /** Waits for everything that was added. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #run(callback: string, run: () => void | Promise<void>): Promise<void> {
    const { timeout, onError } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`It took longer than ${timeout} ms.`)), timeout);
    });
    try {
      await Promise.race([(async () => run())(), late]);
    } catch (error) {
      onError(callback, error);
    } finally {
      clearTimeout(timer);
    }
  }
}
