/** Lets so many sends at once through, in the order they came; bulk mail leaves one place free for other mail. */
export class SendGate {
  readonly #places: number;
  readonly #waiting: { readonly bulk: boolean; readonly enter: () => void }[] = [];
  #taken = 0;
  #bulk = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /**
   * Waits for a place.
   * @returns what gives the place back, or undefined when `signal` was aborted first
   */
  async enter({
    bulk = false,
    signal,
  }: {
    bulk?: boolean;
    signal?: AbortSignal | undefined;
  }): Promise<(() => void) | undefined> {
    if (signal?.aborted) return undefined;
    if (this.#hasPlace(bulk)) this.#take(bulk);
    else if (!(await this.#queue(bulk, signal))) return undefined;
    return () => this.#leave(bulk);
  }

  #take(bulk: boolean): void {
    this.#taken += 1;
    if (bulk) this.#bulk += 1;
  }

  #hasPlace(bulk: boolean): boolean {
    if (this.#taken >= this.#places) return false;
    return !bulk || this.#bulk < Math.max(1, this.#places - 1);
  }

  #queue(bulk: boolean, signal: AbortSignal | undefined): Promise<boolean> {
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
      this.#waiting.push(place);
    });
  }

  #leave(bulk: boolean): void {
    this.#taken -= 1;
    if (bulk) this.#bulk -= 1;
    const next = this.#waiting.find(({ bulk: isBulk }) => !isBulk) ?? this.#waiting[0];
    if (next && this.#hasPlace(next.bulk)) next.enter();
  }
}
