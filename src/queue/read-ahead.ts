const HORIZON_MS = 200;
const MOST = 500;
const SMOOTHING = 0.5;

/**
 * How many jobs to hold beyond the free slots: what this worker finishes in a fifth of a second. Quick jobs are then claimed
 * by the hundred, while slow ones are never hoarded.
 */
export class ReadAhead {
  readonly #clock: () => number;
  #perMs = 0;
  #finished = 0;
  #measuredAt: number;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#measuredAt = clock();
  }

  finished(): void {
    this.#finished += 1;
  }

  size(): number {
    const elapsed = this.#clock() - this.#measuredAt;
    if (elapsed >= HORIZON_MS / 4) this.#measure(elapsed);
    return Math.min(MOST, Math.floor(this.#perMs * HORIZON_MS));
  }

  #measure(elapsed: number): void {
    this.#perMs += SMOOTHING * (this.#finished / elapsed - this.#perMs);
    this.#finished = 0;
    this.#measuredAt += elapsed;
  }
}
