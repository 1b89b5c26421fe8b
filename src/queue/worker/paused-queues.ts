/** Queues this worker leaves alone for a while because the thing all their jobs need is down. */
export class PausedQueues {
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns whether the queue was not paused before */
  pause(queue: string, ms: number): boolean {
    const before = this.#until.get(queue) ?? 0;
    this.#until.set(queue, Math.max(before, this.#now() + ms));
    return before <= this.#now();
  }

  has(queue: string): boolean {
    return (this.#until.get(queue) ?? 0) > this.#now();
  }

  names(): readonly string[] {
    return [...this.#until.keys()].filter((queue) => this.has(queue));
  }

  /** Milliseconds until the first of them is open again; Infinity when none is paused. */
  nextOpening(): number {
    const waits = [...this.#until.values()].map((until) => until - this.#now()).filter((ms) => ms > 0);
    return Math.min(Number.POSITIVE_INFINITY, ...waits);
  }
}
