import { errorMessage } from "../errors/error-message.ts";
import type { RenderedMail } from "../mail/mail.ts";
import type { Outcome, OutcomeClass, SendOptions, Transport, VerifyOptions } from "./transport.ts";
import { trialOptions } from "./trial-options.ts";

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
/** How long a send waits for a probe that is under way, in ms. */
const PATIENCE = 1_000;
/** How long a probe may take, in ms. */
const PROBE_LIMIT = 60_000;

/**
 * Stands before a transport: when it cannot be reached or does not let us in, it is left alone for a while, ever longer. After each rest
 * the breaker asks it by itself, with `verify()`, whether it works again: not with somebody's mail, whose sender may break it off. Sends
 * meanwhile are answered at once, with the time to wait.
 *
 * Where `verify()` finds nothing wrong and the mails after it fail all the same, only a mail can tell. Then the next rest ends with one
 * mail that is let through alone.
 */
export class CircuitBreaker implements Transport {
  readonly name: string;
  readonly #transport: Transport;
  readonly #onChange: (change: BreakerChange) => void;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #closing = new AbortController();
  #fault: Outcome | undefined;
  #failures = 0;
  /** How often it was opened: a send that began before the last time tells nothing new by failing. */
  #openings = 0;
  #restUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #probing: Promise<void> | undefined;
  /** Closed because of a probe, and no mail has shown yet that it was right. */
  #onTrust = false;
  #verifyTells = true;
  /** Whether one mail may be let through, because `verify()` found nothing wrong and does not tell. */
  #mayTry = false;
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
    if (this.#fault && !this.#mayTry && this.#now() >= this.#restUntil) await this.#awaitProbe();
    if (this.#fault === undefined) return this.#pass(mail, options);
    if (this.#mayTry && !this.#trying) return this.#try(mail, options);
    return this.#refuse(this.#fault);
  }

  verify(options?: VerifyOptions): Promise<void> {
    return this.#transport.verify(options);
  }

  close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing.abort();
    return this.#transport.close();
  }

  async #try(mail: RenderedMail, options: SendOptions | undefined): Promise<Outcome> {
    this.#trying = true;
    try {
      return await this.#pass(mail, trialOptions(options));
    } finally {
      this.#trying = false;
    }
  }

  async #pass(mail: RenderedMail, options: SendOptions | undefined): Promise<Outcome> {
    const openings = this.#openings;
    const outcome = await this.#transport.send(mail, options);
    if (RESTS[outcome.class]) {
      // Sends that were under way together and fail together are one failure, however late each of them fails.
      if (openings === this.#openings) this.#open(outcome);
      return this.#refuse(outcome);
    }
    // A lost connection says nothing about whether the next one will do, and our own limit nothing about the server.
    if (outcome.class !== "lost" && !outcome.ownLimit) this.#works();
    return outcome;
  }

  #refuse(fault: Outcome): Outcome {
    return { ...fault, retryAfter: Math.max(SHORTEST_REST, this.#restUntil - this.#now()) };
  }

  #open(fault: Outcome): void {
    const [first, longest] = RESTS[fault.class] ?? [SHORTEST_REST, SHORTEST_REST];
    const ms = Math.min(longest, first * 2 ** this.#failures) * (1 + 0.1 * this.#random());
    if (this.#onTrust) this.#verifyTells = false;
    this.#onTrust = false;
    this.#mayTry = false;
    this.#openings += 1;
    this.#failures += 1;
    this.#restUntil = this.#now() + ms;
    this.#fault = fault;
    this.#rest(ms);
    this.#onChange({ transport: this.name, open: true, reason: fault.response, ms });
  }

  /** A mail went through, or was answered. */
  #works(): void {
    this.#failures = 0;
    this.#onTrust = false;
    this.#verifyTells = true;
    this.#close();
  }

  #close(): void {
    if (this.#fault === undefined) return;
    clearTimeout(this.#timer);
    this.#fault = undefined;
    this.#mayTry = false;
    this.#onChange({ transport: this.name, open: false, reason: "it answers again", ms: 0 });
  }

  #rest(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => this.#endRest(), ms).unref();
  }

  /** Timers and the clock that is given here may differ. */
  #endRest(): void {
    const left = this.#restUntil - this.#now();
    if (left > 0) this.#rest(left);
    else void this.#probe();
  }

  /** Waits a little for the probe, and begins it where its timer has not: only a short one is worth a wait. */
  async #awaitProbe(): Promise<void> {
    const { promise, cancel } = timeLimit(PATIENCE);
    await Promise.race([this.#probe(), promise]);
    cancel();
  }

  /** One at a time, however long it takes. Never rejects. */
  #probe(): Promise<void> {
    clearTimeout(this.#timer);
    this.#probing ??= this.#ask(this.#openings).finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #ask(openings: number): Promise<void> {
    const fault = await this.#faultOfVerify();
    // Meanwhile a mail that was on its way may have told, or everything may be closed.
    if (this.#openings !== openings || this.#fault === undefined || this.#closing.signal.aborted) return;
    if (fault) this.#open({ ...this.#fault, ...fault });
    else if (this.#verifyTells) this.#trust();
    else this.#mayTry = true;
  }

  async #faultOfVerify(): Promise<Partial<Outcome> | undefined> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(PROBE_LIMIT)]);
    try {
      await this.#transport.verify({ signal });
      return undefined;
    } catch (error) {
      return { response: errorMessage(error) };
    }
  }

  #trust(): void {
    this.#onTrust = true;
    this.#close();
  }
}

function timeLimit(ms: number): { readonly promise: Promise<void>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
