import type { RenderedMail } from "../mail/mail.ts";
import { sendInTurn } from "./in-turn.ts";
import type { Outcome, SendOptions, Transport } from "./transport.ts";

export interface RoundRobinOptions {
  /** Where to begin, so that processes that start together do not send in step. @default Math.random */
  readonly random?: () => number;
}

/** Sends through its transports in turn; one that cannot be used is passed over. */
export class RoundRobinTransport implements Transport {
  readonly name: string;
  readonly connections: number;
  readonly #transports: readonly Transport[];
  #next: number;

  /** @param transports closed by whoever opened them */
  constructor(transports: readonly Transport[], { random = Math.random }: RoundRobinOptions = {}) {
    this.name = `in turn ${transports.map(({ name }) => name).join(", ")}`;
    this.connections = transports.reduce((sum, { connections }) => sum + connections, 0);
    this.#transports = transports;
    this.#next = Math.floor(random() * transports.length);
  }

  send(mail: RenderedMail, options?: SendOptions): Promise<Outcome> {
    const first = this.#next;
    this.#next = (first + 1) % this.#transports.length;
    const turn = [...this.#transports.slice(first), ...this.#transports.slice(0, first)];
    return sendInTurn(turn, mail, options);
  }

  async verify(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.verify()));
  }

  async close(): Promise<void> {}
}
