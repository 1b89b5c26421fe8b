import { type Learnt, LearntLimit } from "./learnt-limit.ts";

export interface ChainingOptions {
  readonly onLearnt: (learnt: Learnt) => void;
  /** A clock in ms that never jumps. */
  readonly now: () => number;
}

/** So many connections may close in the middle of their first chained mails before that is taken for the reason. */
const DOUBTS = 2;

/**
 * Whether a mail server takes the envelope of a mail together with the message of the one before (RFC 2920 3.1), as far as it has shown.
 * One that confuses them gets its mails one after another from then on, and why is said once.
 */
export class Chaining {
  readonly #ahead: LearntLimit;
  #isProven = false;
  #doubts = 0;

  constructor(options: ChainingOptions) {
    // A server that confused two mails once will do so again, so the limit is never raised.
    this.#ahead = new LearntLimit({ limit: "mails sent ahead", most: 1, raise: (none) => none, ...options });
  }

  get isAllowed(): boolean {
    return this.#ahead.value > 0;
  }

  /** Two mails were answered in their order. */
  prove(): void {
    this.#isProven = true;
  }

  /** A connection was closed before two mails on it were answered in their order. */
  doubt(reason: string): void {
    if (this.#isProven) return;
    this.#doubts += 1;
    if (this.#doubts >= DOUBTS) this.giveUp(reason);
  }

  /** The server's reply cannot belong to the command that it should answer. */
  giveUp(reason: string): void {
    this.#ahead.learn(0, reason);
  }
}
