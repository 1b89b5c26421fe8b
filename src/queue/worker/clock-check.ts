/** More than this is worth a warning, in ms: due times and leases follow the store's clock, log lines this machine's. */
const TOLERANCE_MS = 2_000;

/** Tells once when the store's clock and this machine's part. */
export class ClockCheck {
  readonly #onOff: (offsetMs: number) => void;
  #isOff = false;

  constructor(onOff: (offsetMs: number) => void) {
    this.#onOff = onOff;
  }

  /** @param offset how far the store's clock is ahead, in ms */
  check(offset: number): void {
    const isOff = Math.abs(offset) > TOLERANCE_MS;
    if (isOff && !this.#isOff) this.#onOff(Math.round(offset));
    this.#isOff = isOff;
  }
}
