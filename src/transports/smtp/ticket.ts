import type { Exchange, Follower } from "./exchange.ts";
import type { SmtpConnection } from "./smtp-connection.ts";
import type { WireMail } from "./wire-mail.ts";

/** A mail is on its way over the connection of the one before. */
export interface Ride {
  readonly connection: SmtpConnection;
  readonly exchange: Promise<Exchange>;
}

/** A finished mail that waits at the gate, and the ride that it is given there. */
export class Ticket {
  readonly mail: WireMail;
  #ride: Ride | undefined;

  constructor(mail: WireMail) {
    this.mail = mail;
  }

  /** Whoever waits for its place learns of the ride by `takeRide`. */
  board(connection: SmtpConnection): Follower {
    let settle: Follower["settle"] = () => undefined;
    const exchange = new Promise<Exchange>((resolve) => {
      settle = resolve;
    });
    this.#ride = { connection, exchange };
    return { mail: this.mail, settle };
  }

  /** Once for each ride. */
  takeRide(): Ride | undefined {
    const ride = this.#ride;
    this.#ride = undefined;
    return ride;
  }
}
