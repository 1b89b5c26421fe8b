export interface SendingOrderOptions {
  /** Places in the chunk, in the order in which they are sent to. */
  readonly places: readonly number[];
  /** To which domain a place is sent, as far as it is known without making the mail. */
  readonly domainOf: (place: number) => string | undefined;
  /** What is known of domains whose mails have to wait; the same for all orders of a run. */
  readonly held: HeldDomains;
  /** A clock in ms that never jumps. */
  readonly now: () => number;
}

/**
 * When mails to a domain may be tried again, and those of recipients whose domain is not known, by their place. In ms of the run's clock.
 */
export type HeldDomains = Map<string | number, number>;

/** How long a run goes on when only mails that had to wait are left, in ms. Then another job may need its place in the worker. */
const LAST_ROUND_MS = 2_000;

/**
 * The order in which the recipients of a chunk are sent to. When one mail has to wait for its turn, all mails to the same domain are put
 * aside without being tried, and the others go on. They come back as soon as the domain may be tried again.
 */
export class SendingOrder {
  readonly #options: SendingOrderOptions;
  readonly #turns: Iterator<number>;
  readonly #aside = new Map<string | number, number[]>();
  #isThrough = false;
  #endsAt = Number.POSITIVE_INFINITY;
  /** Before this time, no domain that was put aside may be tried. */
  #nextLook = 0;

  constructor(options: SendingOrderOptions) {
    this.#options = options;
    this.#turns = options.places.values();
  }

  /** The next one to be sent to, or undefined when there is nobody who may be sent to now. */
  next(): number | undefined {
    if (this.#aside.size > 0) {
      const back = this.#comesBack();
      if (back !== undefined) return back;
    }
    return this.#isThrough ? undefined : this.#nextInLine();
  }

  /** The mail of this recipient has to wait for `delay` ms, and so have all mails to the same domain. */
  putAside(place: number, delay: number): void {
    const kind = this.#kindOf(place);
    this.#options.held.set(kind, this.#options.now() + delay);
    this.#keep(kind, place);
  }

  /** A mail to this recipient's domain was sent, so the next one may have a place. */
  noteSent(place: number): void {
    if (this.#aside.size === 0) return;
    this.#options.held.delete(this.#kindOf(place));
    this.#nextLook = 0;
  }

  /** The recipients that were put aside and are not sent to yet, each with the time at which it may be tried, by the run's clock. */
  *left(): Generator<readonly [place: number, until: number]> {
    for (const [kind, places] of this.#aside)
      for (const place of places) yield [place, this.#options.held.get(kind) ?? 0];
  }

  #nextInLine(): number | undefined {
    const { held, now } = this.#options;
    for (;;) {
      const { value: place, done } = this.#turns.next();
      if (done) return this.#endOfLine();
      if (held.size === 0) return place;
      const kind = this.#kindOf(place);
      if ((held.get(kind) ?? 0) <= now()) return place;
      this.#keep(kind, place);
    }
  }

  #endOfLine(): undefined {
    this.#isThrough = true;
    this.#endsAt = this.#options.now() + LAST_ROUND_MS;
  }

  #comesBack(): number | undefined {
    const { held, now } = this.#options;
    const time = now();
    if (time < this.#nextLook || time >= this.#endsAt) return undefined;
    this.#nextLook = Number.POSITIVE_INFINITY;
    for (const [kind, places] of this.#aside) {
      const until = held.get(kind) ?? 0;
      if (until > time) {
        this.#nextLook = Math.min(this.#nextLook, until);
        continue;
      }
      const place = places.shift();
      if (places.length === 0) this.#aside.delete(kind);
      this.#nextLook = 0;
      return place;
    }
    return undefined;
  }

  #keep(kind: string | number, place: number): void {
    const places = this.#aside.get(kind);
    if (places) places.push(place);
    else this.#aside.set(kind, [place]);
    this.#nextLook = 0;
  }

  #kindOf(place: number): string | number {
    return this.#options.domainOf(place) ?? place;
  }
}
