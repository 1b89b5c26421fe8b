import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** How often it looks, in ms: often enough for a lag that matters, seldom enough to cost nothing. */
const RESOLUTION_MS = 50;

/** How long the event loop of this process is held up. */
export class EventLoopLag {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** The longest since it was asked last, in ms; 0 where it was not held up. */
  take(): number {
    const { max, count } = this.#histogram;
    this.#histogram.reset();
    return count === 0 ? 0 : Math.max(0, Math.round(max / 1e6 - RESOLUTION_MS));
  }

  end(): void {
    this.#histogram.disable();
  }
}
