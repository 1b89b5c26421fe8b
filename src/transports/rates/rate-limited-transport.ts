import type { RenderedMail } from "../../mail/mail.ts";
import { refusedTurn } from "../refused-turn.ts";
import type { Outcome, SendOptions, Transport, VerifyOptions } from "../transport.ts";
import { RateLimiter, type RateLimiterOptions } from "./rate-limiter.ts";

/** Sends through another transport, no more often than all processes together may. A mail waits for its turn. */
export class RateLimitedTransport implements Transport {
  readonly #transport: Transport;
  readonly #turns: RateLimiter;

  constructor(transport: Transport, options: RateLimiterOptions) {
    this.#transport = transport;
    this.#turns = new RateLimiter(options);
  }

  get name(): string {
    return this.#transport.name;
  }

  get connections(): number {
    return this.#transport.connections;
  }

  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const { bulk = false, signal } = options;
    const turn = await this.#turns.take({ bulk, signal });
    if (turn.kind === "go") return this.#transport.send(mail, options);
    return refusedTurn(turn, "The transport's rate is used up");
  }

  verify(options?: VerifyOptions): Promise<void> {
    return this.#transport.verify(options);
  }

  async close(): Promise<void> {
    this.#turns.close();
    await this.#transport.close();
  }
}
