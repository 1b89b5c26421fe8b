/** A sleep that `ring()` ends early. A ring while no sleep is under way ends the next sleep at once. */
export class WakeSignal {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Sleeps up to `ms`; Infinity sleeps until the ring. */
  async sleep(ms: number): Promise<void> {
    if (!this.#rung && ms > 0) await this.#wait(ms);
    this.#rung = false;
  }

  async #wait(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (Number.isFinite(ms)) timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }
}

/**
 * Waits for a promise, but no longer than `ms`. Its result, and an error after that time, are ignored. An error before that time is
 * thrown.
 */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, timeUp]).finally(() => clearTimeout(timer));
}
