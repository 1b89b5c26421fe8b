import { atMost } from "./at-most.ts";

/** What goes on after jobs ended: their hooks. They hold up nothing but the end of the worker. */
export class Afterwards {
  readonly #pending = new Set<Promise<void>>();
  readonly #onIdle: () => void;

  /** @param onIdle called when the last one ended */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** @param running must not reject */
  add(running: Promise<void>): void {
    const pending = running.then(() => {
      this.#pending.delete(pending);
      if (this.#pending.size === 0) this.#onIdle();
    });
    this.#pending.add(pending);
  }

  /** Resolves when none runs, or after `ms`. */
  async ended(ms: number): Promise<void> {
    await atMost(ms, Promise.all(this.#pending));
  }
}
