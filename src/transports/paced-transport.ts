import { recipientsOf } from "../mail/addresses.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { AdaptivePace, isTooFast, namedDelay, type PaceChange } from "./adaptive-pace.ts";
import { RateLimiter, type RateLimiterOptions } from "./rates/rate-limiter.ts";
import { refusedTurn } from "./refused-turn.ts";
import type { Outcome, SendOptions, Transport, VerifyOptions } from "./transport.ts";

export interface PacedOptions {
  /** Told when mails begin to go at a pace. */
  readonly onPaced: (change: PaceChange) => void;
  /** Names the recipients' mail provider, where the complaint is its alone and nothing else is to be slowed down. Defaults to none. */
  readonly blame?: (
    outcome: Outcome,
    recipients: readonly string[],
    startedAt: number,
  ) => Promise<string | undefined>;
  /** A clock in ms that never jumps. @default performance.now */
  readonly now?: () => number;
  /** Resolves after so many ms, or when the signal is aborted. Defaults to a timer. */
  readonly sleep?: RateLimiterOptions["sleep"];
}

/** A mail that was too fast may come again after, in ms: longer each time when no mail is taken in between. */
const FIRST_REST = 1_000;
const LONGEST_REST = 60_000;

/**
 * Sends through another transport as fast as the server at its end bears. Nothing is slowed down before the server says that mails come
 * too fast. A delay that it names is kept.
 */
export class PacedTransport implements Transport {
  readonly #transport: Transport;
  readonly #now: () => number;
  readonly #pace: AdaptivePace;
  readonly #turns: RateLimiter;
  readonly #blame: PacedOptions["blame"];
  #restUntil = 0;
  #complaints = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(transport: Transport, { onPaced, blame, sleep, now = () => performance.now() }: PacedOptions) {
    this.#transport = transport;
    this.#blame = blame;
    this.#now = now;
    this.#pace = new AdaptivePace({ onPaced, now });
    const rate = { limit: 1, per: 1_000 };
    this.#turns = new RateLimiter({ ledger: this.#pace, key: "pace", rate, now, ...(sleep && { sleep }) });
  }

  get name(): string {
    return this.#transport.name;
  }

  get connections(): number {
    return this.#transport.connections;
  }

  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const rest = this.#restUntil - this.#now();
    if (rest > 0) return tooFast("The mail server named a time to wait", rest);
    if (this.#pace.value !== undefined) {
      const { bulk = false, signal } = options;
      const turn = await this.#turns.take({ bulk, signal });
      if (turn.kind !== "go") return refusedTurn(turn, "The pace that the mail server bears is used up");
    }
    const startedAt = this.#now();
    const outcome = await this.#transport.send(mail, options);
    if (outcome.class === "sent") {
      this.#complaints = 0;
      this.#pace.noteTaken();
    }
    return isTooFast(outcome)
      ? this.#heard(outcome, options.recipients ?? recipientsOf(mail), startedAt)
      : outcome;
  }

  verify(options?: VerifyOptions): Promise<void> {
    return this.#transport.verify(options);
  }

  async close(): Promise<void> {
    this.#turns.close();
    await this.#transport.close();
  }

  async #heard(outcome: Outcome, recipients: readonly string[], startedAt: number): Promise<Outcome> {
    const provider = await this.#blame?.(outcome, recipients, startedAt);
    return provider === undefined ? this.#slowDown(outcome, startedAt) : { ...outcome, provider };
  }

  /** Complaints about mails that were under way together are one. */
  #slowDown(outcome: Outcome, startedAt: number): Outcome {
    const now = this.#now();
    const named = namedDelay(outcome.response);
    if (named !== undefined) this.#restUntil = Math.max(this.#restUntil, now + named);
    if (startedAt > this.#complainedAt) {
      this.#complaints += 1;
      this.#complainedAt = now;
    }
    if (this.#pace.isNews(startedAt)) this.#pace.slowDown(outcome.response);
    const rest = Math.min(LONGEST_REST, FIRST_REST * 2 ** Math.max(0, this.#complaints - 1));
    return { ...outcome, retryAfter: Math.max(rest, this.#restUntil - now) };
  }
}

function tooFast(response: string, retryAfter: number): Outcome {
  return { class: "throttled", response, accepted: [], refused: [], retryAfter, ownLimit: true };
}
