import type { RenderedMail } from "../mail/mail.ts";
import { sendInTurn } from "./in-turn.ts";
import type { Outcome, SendOptions, Transport } from "./transport.ts";

/** Sends through the first of its transports, and through the next one where that cannot be used. */
export class FailoverTransport implements Transport {
  readonly name: string;
  readonly connections: number;
  readonly #transports: readonly Transport[];

  /** @param transports by preference; they are closed by whoever opened them */
  constructor(transports: readonly Transport[]) {
    this.name = transports.map(({ name }) => name).join(", else ");
    this.connections = Math.max(...transports.map(({ connections }) => connections));
    this.#transports = transports;
  }

  send(mail: RenderedMail, options?: SendOptions): Promise<Outcome> {
    return sendInTurn(this.#transports, mail, options);
  }

  /** All of them: the one that only stands by has to work when it is needed. */
  async verify(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.verify()));
  }

  async close(): Promise<void> {}
}
