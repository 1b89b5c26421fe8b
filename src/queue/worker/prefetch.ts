const HORIZON_MS = 200;
const MOST_JOBS = 500;
/** Each slot counts as having worked so long without finishing a job, so that a few quick jobs prove little. */
const PRIOR_WORK_MS = 50;
/** After so long without work, half of what was measured is forgotten, because the next jobs may be slower. */
const HALF_LIFE_MS = 1_000;

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
    this.#worked = this.#priorWork;
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
    return Math.min(MOST_JOBS, Math.floor(perMs * HORIZON_MS));
  }

  get #priorWork(): number {
    return this.#concurrency * PRIOR_WORK_MS;
  }

  /** How many finished jobs tell of the next. */
  get #mostRemembered(): number {
    return 20 + 2 * this.#concurrency;
  }

  #pass(): void {
    const now = this.#clock();
    const elapsed = now - this.#since;
    this.#since = now;
    // Not at every finish: of jobs that end together, all or none are to count in full.
    if (elapsed > 0 && this.#finished > this.#mostRemembered)
      this.#scale(this.#mostRemembered / this.#finished);
    if (this.#running === 0) this.#forget(2 ** (-elapsed / HALF_LIFE_MS));
    else this.#worked += this.#running * elapsed;
  }

  #forget(share: number): void {
    this.#scale(share);
    this.#worked += (1 - share) * this.#priorWork;
  }

  #scale(share: number): void {
    this.#finished *= share;
    this.#worked *= share;
  }
}
