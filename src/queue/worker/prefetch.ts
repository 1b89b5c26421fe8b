const HORIZON_MS = 200;
const MOST = 500;
/** Work that all slots are taken to have done without finishing anything, so that a few quick jobs prove little. */
const DOUBT_MS = 50;
/** After so long without work, half is forgotten: what comes next may be slower. */
const FORGET_MS = 1_000;

/**
 * How many jobs to hold beyond the free slots: what this worker finishes in a fifth of a second. Quick jobs are then claimed
 * by the hundred, while slow ones are never hoarded. Only the time of jobs that run counts, so that a store which takes long to give
 * jobs is asked for more at once.
 */
export class Prefetch {
  readonly #concurrency: number;
  readonly #clock: () => number;
  #finished = 0;
  /** Time that slots were taken, of all together, in ms. */
  #worked: number;
  #running = 0;
  #since: number;

  constructor(concurrency: number, clock: () => number = () => performance.now()) {
    this.#concurrency = concurrency;
    this.#clock = clock;
    this.#worked = this.#doubt;
    this.#since = clock();
  }

  /** @param held how many jobs are at hand from now on */
  hold(held: number): void {
    this.#pass();
    this.#running = Math.min(held, this.#concurrency);
  }

  /** @param held how many jobs are still at hand */
  finish(held: number): void {
    this.hold(held);
    this.#finished += 1;
  }

  size(): number {
    this.#pass();
    const perMs = (this.#concurrency * this.#finished) / this.#worked;
    return Math.min(MOST, Math.floor(perMs * HORIZON_MS));
  }

  get #doubt(): number {
    return this.#concurrency * DOUBT_MS;
  }

  /** How many finished jobs tell of the next. */
  get #memoize(): number {
    return 20 + 2 * this.#concurrency;
  }

  #pass(): void {
    const now = this.#clock();
    const elapsed = now - this.#since;
    this.#since = now;
    // Not at every finish: of jobs that end together, all or none are to count in full.
    if (elapsed > 0 && this.#finished > this.#memoize) this.#scale(this.#memoize / this.#finished);
    if (this.#running === 0) this.#forget(2 ** (-elapsed / FORGET_MS));
    else this.#worked += this.#running * elapsed;
  }

  #forget(share: number): void {
    this.#scale(share);
    this.#worked += (1 - share) * this.#doubt;
  }

  #scale(share: number): void {
    this.#finished *= share;
    this.#worked *= share;
  }
}
