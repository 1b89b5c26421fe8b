export interface Visitor<Ticket> {
  /** Leaves one place free for others. @default false */
  readonly bulk?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Was inside before, and goes before all that wait. @default false */
  readonly again?: boolean;
  /** By which it can be let in over the place of another, who gives it up to it. */
  readonly ticket?: Ticket | undefined;
}

interface Waiting<Ticket> {
  readonly bulk: boolean;
  readonly signal: AbortSignal | undefined;
  readonly ticket: Ticket | undefined;
  readonly done: (entered: boolean) => void;
}

/** Lets so many sends at once through, in the order they came; bulk mail leaves one place free for other mail. */
export class SendGate<Ticket = never> {
  readonly #places: () => number;
  readonly #waiting: Waiting<Ticket>[] = [];
  /** All mails of a newsletter have one, so it is listened to once and not for each. */
  readonly #heard = new WeakSet<AbortSignal>();
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
  async enter(visitor: Visitor<Ticket>): Promise<(() => void) | undefined> {
    const { bulk = false, signal } = visitor;
    if (signal?.aborted) return undefined;
    if (this.#hasPlace(bulk)) this.#take(bulk);
    else if (!(await this.#queue(visitor))) return undefined;
    return () => this.#leave(bulk);
  }

  /**
   * Lets somebody with a ticket in over the place of bulk mail that is inside and will not give it back, unless other mail waits or there
   * are fewer places than before.
   * @returns the ticket
   */
  handOver(fits: (ticket: Ticket) => boolean): Ticket | undefined {
    const places = this.#places();
    const isTooMany = this.#taken > places || this.#bulk > Math.max(1, places - 1);
    if (isTooMany || this.#waiting.some(({ bulk }) => !bulk)) return undefined;
    const at = this.#waiting.findIndex(({ ticket }) => ticket !== undefined && fits(ticket));
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    next?.done(true);
    return next?.ticket;
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

  #queue({ bulk = false, signal, again = false, ticket }: Visitor<Ticket>): Promise<boolean> {
    if (signal) this.#listenTo(signal);
    return new Promise((done) => {
      const place = { bulk, signal, ticket, done };
      if (again) this.#waiting.unshift(place);
      else this.#waiting.push(place);
    });
  }

  #listenTo(signal: AbortSignal): void {
    if (this.#heard.has(signal)) return;
    this.#heard.add(signal);
    signal.addEventListener("abort", () => this.#dismiss(signal), { once: true });
  }

  #dismiss(signal: AbortSignal): void {
    const staying = this.#waiting.filter((place) => place.signal !== signal);
    const leaving = this.#waiting.filter((place) => place.signal === signal);
    this.#waiting.splice(0, this.#waiting.length, ...staying);
    for (const { done } of leaving) done(false);
  }

  /** More than one may enter where there are more places than before. */
  #leave(bulk: boolean): void {
    this.#taken -= 1;
    if (bulk) this.#bulk -= 1;
    for (;;) {
      const at = Math.max(
        0,
        this.#waiting.findIndex(({ bulk: isBulk }) => !isBulk),
      );
      const next = this.#waiting[at];
      if (!next || !this.#hasPlace(next.bulk)) return;
      this.#waiting.splice(at, 1);
      // Taken here and not by the one that waits, so that nobody can slip in between.
      this.#take(next.bulk);
      next.done(true);
    }
  }
}
