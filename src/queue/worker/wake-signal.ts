/** A sleep that can be cut short; a ring while nobody sleeps ends the next sleep at once. */
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
