/** The process's clock, and some time ahead of it. It never goes back. */
export class FakeClock {
  #ahead = 0;

  /** `Date` is looked up at every call, so that fake timers count. */
  readonly now = (): number => Date.now() + this.#ahead;

  /** @param time in ms since 1970; one that is over changes nothing */
  moveTo(time: number): void {
    this.#ahead = Math.max(this.#ahead, time - Date.now());
  }
}
