export interface RestartDelayOptions {
  /** @default 1_000 */
  readonly first?: number;
  /** @default 60_000 */
  readonly longest?: number;
  /** A process that ran for so long begins anew with the first delay, in ms. @default 60_000 */
  readonly steady?: number;
  readonly random?: () => number;
}

/** How long a process that ended waits to be started again: ever longer while it ends soon. */
export class RestartDelay {
  readonly #options: Required<RestartDelayOptions>;
  #failures = 0;

  constructor({
    first = 1_000,
    longest = 60_000,
    steady = 60_000,
    random = Math.random,
  }: RestartDelayOptions = {}) {
    this.#options = { first, longest, steady, random };
  }

  /** @param ranMs how long it ran */
  after(ranMs: number): number {
    const { first, longest, steady, random } = this.#options;
    if (ranMs >= steady) this.#failures = 0;
    const delay = Math.min(longest, first * 2 ** this.#failures);
    this.#failures += 1;
    return delay * (1 + 0.1 * random());
  }
}
