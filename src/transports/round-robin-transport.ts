import type { RenderedMail } from "../mail/mail.ts";
import { sendInTurn } from "./in-turn.ts";
import type { Outcome, SendOptions, Transport } from "./transport.ts";

export interface RoundRobinOptions {
  /** Where to begin, so that processes that start together do not send in step. @default Math.random */
  readonly random?: () => number;
}

export interface Weighted {
  readonly transport: Transport;
  /** How many mails it gets for one of another, from 1. */
  readonly weight: number;
}

interface Member extends Weighted {
  credit: number;
}

/** Sends through its transports in turn, by their weights; one that cannot be used is passed over. */
export class RoundRobinTransport implements Transport {
  readonly name: string;
  readonly connections: number;
  readonly #members: readonly Member[];
  readonly #total: number;

  /** @param members transports, closed by whoever opened them; one without a weight has 1 */
  constructor(members: readonly (Transport | Weighted)[], { random = Math.random }: RoundRobinOptions = {}) {
    const weighted = members.map((each) => (isWeighted(each) ? each : { transport: each, weight: 1 }));
    const transports = weighted.map(({ transport }) => transport);
    this.name = `in turn ${transports.map(({ name }) => name).join(", ")}`;
    this.connections = transports.reduce((sum, { connections }) => sum + connections, 0);
    this.#members = weighted.map((each) => ({ ...each, credit: 0 }));
    this.#total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    for (let skipped = Math.floor(random() * this.#total); skipped > 0; skipped--) this.#turn();
  }

  send(mail: RenderedMail, options?: SendOptions): Promise<Outcome> {
    return sendInTurn(this.#turn(), mail, options);
  }

  async verify(): Promise<void> {
    await Promise.all(this.#members.map(({ transport }) => transport.verify()));
  }

  async close(): Promise<void> {}

  /**
   * The transports in the order in which they are tried for the next mail. At every turn each gets its weight as a credit, and the first one
   * pays the sum of all weights. So the turns of a transport with a high weight are spread evenly.
   */
  #turn(): readonly Transport[] {
    for (const member of this.#members) member.credit += member.weight;
    const order = this.#members.toSorted((a, b) => b.credit - a.credit);
    const [next] = order;
    if (next) next.credit -= this.#total;
    return order.map(({ transport }) => transport);
  }
}

function isWeighted(member: Transport | Weighted): member is Weighted {
  return !("send" in member);
}
