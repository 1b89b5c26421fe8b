/**
 * Tells an attempt that it is over. A process that was stopped, or blocked its event loop, hears of a signal only after its own code
 * has run on; `isLive` asks the clocks at once.
 */
export class AttemptSignal {
  readonly #controller = new AbortController();
  readonly #checks: (() => void)[] = [];

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it was aborted, if it was. */
  get reason(): unknown {
    return this.#controller.signal.reason;
  }

  /** The first reason stays. */
  abort(reason: string): void {
    this.#controller.abort(reason);
  }

  /** @param check run whenever somebody asks whether the attempt is live; aborts it when it is not */
  addCheck(check: () => void): void {
    this.#checks.push(check);
  }

  /** Whether the attempt may go on, by the clocks of this moment. */
  readonly isLive = (): boolean => {
    for (const check of this.#checks) if (!this.signal.aborted) check();
    return !this.signal.aborted;
  };
}
