/** Those who belong together, such as the mails of one chunk. */
interface Lane {
  /** 0 for the first that ever came. */
  readonly age: number;
  readonly waiting: (() => void)[];
}

/**
 * How many mails of newsletters are made and sent at once. What is made long before a connection is free for it takes memory, and the
 * garbage collector's time, and arrives no sooner. Who belongs to the oldest signal comes first: so one chunk after the other is finished,
 * and not all of them at the same time.
 */
export class BulkPlaces {
  readonly #places: number;
  readonly #lanes = new WeakMap<AbortSignal, Lane>();
  /** Those with somebody who waits, the oldest first. */
  #waiting: readonly Lane[] = [];
  #inside = 0;
  #ages = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /**
   * Waits for a place, which `leave` gives back.
   * @param signal of those it belongs to; once it is aborted, none of them waits
   */
  enter(signal: AbortSignal): Promise<void> | undefined {
    const lane = this.#laneOf(signal);
    if (this.#inside < this.#places || signal.aborted) {
      this.#inside += 1;
      return undefined;
    }
    return new Promise((enter) => {
      if (lane.waiting.push(enter) === 1)
        this.#waiting = [...this.#waiting, lane].toSorted((a, b) => a.age - b.age);
    });
  }

  leave(): void {
    this.#inside -= 1;
    const [oldest] = this.#waiting;
    // There may be more inside than places, because who was aborted did not wait for one.
    if (oldest === undefined || this.#inside >= this.#places) return;
    this.#inside += 1;
    const enter = oldest.waiting.shift();
    if (oldest.waiting.length === 0) this.#waiting = this.#waiting.slice(1);
    enter?.();
  }

  #laneOf(signal: AbortSignal): Lane {
    const known = this.#lanes.get(signal);
    if (known) return known;
    const lane: Lane = { age: this.#ages++, waiting: [] };
    this.#lanes.set(signal, lane);
    signal.addEventListener("abort", () => this.#dismiss(lane), { once: true });
    return lane;
  }

  #dismiss(lane: Lane): void {
    this.#waiting = this.#waiting.filter((each) => each !== lane);
    this.#inside += lane.waiting.length;
    for (const enter of lane.waiting.splice(0)) enter();
  }
}
