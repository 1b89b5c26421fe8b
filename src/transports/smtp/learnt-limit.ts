/** A limit of the mail server's that it told by turning us away. */
export interface Learnt {
  /** Of connections at once, of mails on one connection, or of mails whose envelope leaves with the message of the one before. */
  readonly limit: "connections" | "mails per connection" | "mails sent ahead";
  readonly to: number;
  readonly reason: string;
}

export interface LearntLimitOptions {
  readonly limit: Learnt["limit"];
  /** The limit as long as the server has not set a lower one. */
  readonly most: number;
  /** The next limit to try, after the present one has worked for a while. */
  readonly raise: (value: number) => number;
  readonly onLearnt: (learnt: Learnt) => void;
  /** A clock in ms that never jumps. */
  readonly now: () => number;
}

/** How long a limit is kept before more is tried, in ms. */
const KEPT_MS = 300_000;

/** How much a server allows, as far as it is known. Each limit is said once; that it holds still is not said again. */
export class LearntLimit {
  readonly #options: LearntLimitOptions;
  #value: number;
  #told: number | undefined;
  #since = 0;

  constructor(options: LearntLimitOptions) {
    this.#options = options;
    this.#value = options.most;
  }

  /** The present limit. */
  get value(): number {
    const { most, raise, now } = this.#options;
    if (this.#value < most && now() - this.#since >= KEPT_MS) {
      this.#value = Math.min(most, raise(this.#value));
      this.#since = now();
    }
    return this.#value;
  }

  learn(to: number, reason: string): void {
    const { limit, onLearnt, now } = this.#options;
    if (to >= this.#value) return;
    this.#value = to;
    this.#since = now();
    if (this.#told === to) return;
    this.#told = to;
    onLearnt({ limit, to, reason });
  }
}
