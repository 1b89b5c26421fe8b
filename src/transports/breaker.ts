import type { RenderedMail } from "../mail.ts";
import type { Outcome, OutcomeClass, SendOptions, Transport } from "../smtp/transport.ts";

export interface BreakerChange {
  readonly transport: string;
  /** True: nothing is sent for now. False: it works again. */
  readonly open: boolean;
  readonly reason: string;
  /** Until the next try, in ms; 0 when it is closed. */
  readonly ms: number;
}

export interface BreakerOptions {
  readonly onChange: (change: BreakerChange) => void;
  /** For logs. Defaults to the transport's own. */
  readonly name?: string;
  /** A clock in ms that never jumps. @default performance.now */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** First and longest rest, in ms: a server that is down may be back at once, a wrong password will not mend itself. */
const RESTS: Partial<Record<OutcomeClass, readonly [first: number, longest: number]>> = {
  unreachable: [1_000, 60_000],
  "our-fault": [30_000, 300_000],
};

const SHORTEST_REST = 1_000;

/**
 * Stands before a transport: when it cannot be reached or does not let us in, it is left alone for a while, ever longer, with one try
 * in between. Sends meanwhile are answered at once, with the time to wait.
 */
export class CircuitBreaker implements Transport {
  readonly name: string;
  readonly #transport: Transport;
  readonly #onChange: (change: BreakerChange) => void;
  readonly #now: () => number;
  readonly #random: () => number;
  #fault: Outcome | undefined;
  #failures = 0;
  /** How often it was opened: a send that began before the last time tells nothing new by failing. */
  #openings = 0;
  #restUntil = 0;
  #trying = false;

  constructor(
    transport: Transport,
    { onChange, name = transport.name, now = () => performance.now(), random = Math.random }: BreakerOptions,
  ) {
    this.name = name;
    this.#transport = transport;
    this.#onChange = onChange;
    this.#now = now;
    this.#random = random;
  }

  get connections(): number {
    return this.#transport.connections;
  }

  /** Whether nothing is sent for now. */
  get isOpen(): boolean {
    return this.#fault !== undefined;
  }

  async send(mail: RenderedMail, options?: SendOptions): Promise<Outcome> {
    if (this.#fault && (this.#trying || this.#now() < this.#restUntil)) return this.#refuse(this.#fault);
    return this.#fault ? this.#try(mail, options) : this.#pass(mail, options);
  }

  verify(): Promise<void> {
    return this.#transport.verify();
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #try(mail: RenderedMail, options: SendOptions | undefined): Promise<Outcome> {
    this.#trying = true;
    try {
      return await this.#pass(mail, options);
    } finally {
      this.#trying = false;
    }
  }

  async #pass(mail: RenderedMail, options: SendOptions | undefined): Promise<Outcome> {
    const openings = this.#openings;
    const outcome = await this.#transport.send(mail, options);
    const rest = RESTS[outcome.class];
    if (rest) return this.#open(outcome, rest, openings);
    // A lost connection says nothing about whether the next one will do, and our own limit nothing about the server.
    if (outcome.class !== "lost" && !outcome.ownLimit) this.#close();
    return outcome;
  }

  #refuse(fault: Outcome): Outcome {
    return { ...fault, retryAfter: Math.max(SHORTEST_REST, this.#restUntil - this.#now()) };
  }

  /** Sends that were under way together and fail together are one failure, however late each of them fails. */
  #open(outcome: Outcome, [first, longest]: readonly [number, number], openings: number): Outcome {
    if (openings === this.#openings) {
      const ms = Math.min(longest, first * 2 ** this.#failures) * (1 + 0.1 * this.#random());
      this.#openings += 1;
      this.#failures += 1;
      this.#restUntil = this.#now() + ms;
      this.#fault = outcome;
      this.#onChange({ transport: this.name, open: true, reason: outcome.response, ms });
    }
    return this.#refuse(outcome);
  }

  #close(): void {
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.#failures = 0;
    this.#onChange({ transport: this.name, open: false, reason: "it answers again", ms: 0 });
  }
}
