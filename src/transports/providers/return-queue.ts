/** Nobody is told to come back later than this, because much may have changed by then, in ms. */
const LATEST_MS = 120_000;

/** Times that are so close are the same, in ms. */
const SAME_MS = 5;

/**
 * Tells those who have to wait when to come back: one after another, each when those before him will be through. Otherwise all of them
 * would come at once, again and again, and all but one in vain.
 */
export class ReturnQueue {
  readonly #now: () => number;
  /** When the last one who was told will be through. */
  #through = 0;
  /** When those who were told come back. */
  readonly #told = new WeakMap<object, number>();

  /** @param now a clock in ms that never jumps */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param after the earliest time, in ms from now
   * @param needs how long whoever waits will need then, in ms
   * @param who asks: he is told the same again until that time
   * @returns in ms from now
   */
  book(after: number, needs: number, who?: object): number {
    const now = this.#now();
    const told = who && this.#told.get(who);
    if (told !== undefined && told > now && told >= now + after - SAME_MS) return told - now;
    const at = Math.min(Math.max(now + after, this.#through), now + Math.max(after, LATEST_MS));
    this.#through = Math.max(this.#through, at + needs);
    if (who) this.#told.set(who, at);
    return at - now;
  }

  /** There is more room than those were told who wait. */
  forget(): void {
    this.#through = 0;
  }
}
