export interface Visitor {
  /** Leaves one place free for others. @default false */
  readonly bulk?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Was inside before, and goes before all that wait. @default false */
  readonly again?: boolean;
}

/** Lets so many sends at once through, in the order they came; bulk mail leaves one place free for other mail. */
export class SendGate {
  readonly #places: () => number;
  readonly #waiting: { readonly bulk: boolean; readonly enter: () => void }[] = [];
  #taken = 0;
  #bulk = 0;

  /** @param places how many there are, which may change */
  constructor(places: number | (() => number)) {
    this.#places = typeof places === "number" ? () => places : places;
  }

  /**
   * Waits for a place.
   * @returns what gives the place back, or undefined when `signal` was aborted first
   */
  async enter({ bulk = false, signal, again = false }: Visitor): Promise<(() => void) | undefined> {
    if (signal?.aborted) return undefined;
    if (this.#hasPlace(bulk)) this.#take(bulk);
    else if (!(await this.#queue(bulk, signal, again))) return undefined;
    return () => this.#leave(bulk);
  }

  #take(bulk: boolean): void {
    this.#taken += 1;
    if (bulk) this.#bulk += 1;
  }

  #hasPlace(bulk: boolean): boolean {
    const places = this.#places();
    if (this.#taken >= places) return false;
    return !bulk || this.#bulk < Math.max(1, places - 1);
  }

  #queue(bulk: boolean, signal: AbortSignal | undefined, again: boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const enter = () => {
        // Taken here and not by the one that waits, so that nobody can slip in between.
        this.#take(bulk);
        done(true);
      };
      const place = { bulk, enter };
      const done = (entered: boolean) => {
        signal?.removeEventListener("abort", onAbort);
        const index = this.#waiting.indexOf(place);
        if (index >= 0) this.#waiting.splice(index, 1);
        resolve(entered);
      };
      const onAbort = () => done(false);
      signal?.addEventListener("abort", onAbort);
      if (again) this.#waiting.unshift(place);
      else this.#waiting.push(place);
    });
  }

  /** More than one may enter where there are more places than before. */
  #leave(bulk: boolean): void {
    this.#taken -= 1;
    if (bulk) this.#bulk -= 1;
    for (;;) {
      const next = this.#waiting.find(({ bulk: isBulk }) => !isBulk) ?? this.#waiting[0];
      if (!next || !this.#hasPlace(next.bulk)) return;
      next.enter();
    }
  }
}
