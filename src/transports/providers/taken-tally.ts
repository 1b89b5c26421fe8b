/** Over how long it is counted, in ms. */
const WINDOW_MS = 5_000;
/** Of which domains it is counted: one that is not among the first so many in its window is sent to rarely. */
const MOST_DOMAINS = 2_000;
const SECOND = 1_000;

/** How many mails each domain took lately: a count for each, and no more than that at every mail. */
export class TakenTally {
  #current = new Map<string, number>();
  #previous = new Map<string, number>();
  #since = Number.NEGATIVE_INFINITY;
  #latest = { domain: "", at: Number.NEGATIVE_INFINITY };
  /** The latest of another domain than that. */
  #other = this.#latest;

  note(domain: string, at: number): void {
    if (at - this.#since >= WINDOW_MS) this.#turn(at);
    const count = this.#current.get(domain);
    if (count !== undefined || this.#current.size < MOST_DOMAINS) this.#current.set(domain, (count ?? 0) + 1);
    if (domain === this.#latest.domain) this.#latest.at = at;
    else [this.#other, this.#latest] = [this.#latest, { domain, at }];
  }

  /** Mails per second to those domains. */
  paceOf(isMeant: (domain: string) => boolean, now: number): number {
    if (now - this.#since >= WINDOW_MS) this.#turn(now);
    let count = 0;
    for (const window of [this.#previous, this.#current])
      for (const [domain, taken] of window) if (isMeant(domain)) count += taken;
    const span = now - this.#since + (this.#previous.size > 0 ? WINDOW_MS : 0);
    return (count * SECOND) / Math.max(SECOND, span);
  }

  /** When a mail to a domain that is not meant was taken last. */
  lastBeside(isMeant: (domain: string) => boolean): number {
    const beside = [this.#latest, this.#other].filter(({ domain }) => !isMeant(domain));
    return Math.max(Number.NEGATIVE_INFINITY, ...beside.map(({ at }) => at));
  }

  #turn(now: number): void {
    this.#previous = now - this.#since < 2 * WINDOW_MS ? this.#current : new Map();
    this.#current = new Map();
    this.#since = now;
  }
}
