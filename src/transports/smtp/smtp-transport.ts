import { errorMessage } from "../../errors/error-message.ts";
import { DelayedMailError } from "../../errors/errors.ts";
import { type Envelope, envelopeOf, needsUtf8 } from "../../mail/addresses.ts";
import type { RenderedMail } from "../../mail/mail.ts";
import { compose } from "../../mime/compose.ts";
import { broken } from "../outcome.ts";
import type { Outcome, SendOptions, Transport, VerifyOptions } from "../transport.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { SendGate } from "./connection-slots.ts";
import type { Exchange, Follower } from "./exchange.ts";
import type { Learnt } from "./learnt-limit.ts";
import { type SessionOptions, type SmtpTimeouts, sessionOptions } from "./session-options.ts";
import { ABORTED, SmtpConnection } from "./smtp-connection.ts";
import { type SmtpError, tlsHint } from "./smtp-error.ts";
import type { SmtpSettings } from "./smtp-url.ts";
import { Ticket } from "./ticket.ts";
import type { WireMail } from "./wire-mail.ts";

/** The mail server cannot be used: not reachable, or it does not let us in. */
export class SmtpUnavailableError extends DelayedMailError {
  readonly code = "SMTP_UNAVAILABLE";
}

export interface SmtpOptions extends SmtpTimeouts {
  /** Told once of each limit that the server turned out to have. */
  readonly onLearnt?: (learnt: Learnt) => void;
  /** By which learnt limits are kept, in ms. @default performance.now */
  readonly now?: () => number;
}

/** Mail over SMTP. What waits, waits in the store or at the gate. */
export class SmtpTransport implements Transport {
  readonly name: string;
  readonly connections: number;
  readonly #gate: SendGate<Ticket>;
  readonly #pool: ConnectionPool;
  readonly #settings: SmtpSettings;
  readonly #session: SessionOptions;

  constructor(settings: SmtpSettings, { onLearnt = () => undefined, now, ...timeouts }: SmtpOptions = {}) {
    const { host, port, secure, connections } = settings;
    this.name = `${secure ? "smtps" : "smtp"}://${host}:${port}`;
    this.connections = connections;
    this.#settings = settings;
    this.#session = sessionOptions(settings, timeouts);
    this.#pool = new ConnectionPool({
      ...{ settings, session: this.#session, onLearnt, ...(now && { now }) },
      nextFor: (connection) => this.#nextFor(connection),
    });
    this.#gate = new SendGate(() => this.#pool.limit);
  }

  /** @throws InvalidMailError when the mail or `recipients` hold what is not exactly one address */
  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const { signal, bulk = false } = options;
    const envelope = envelopeOf(mail, options.recipients);
    // Bulk mail is ready while it waits, so that it can leave right behind another. Other mail is made when there is a place for it.
    let ticket = bulk ? new Ticket(await wired(mail, envelope, options)) : undefined;
    for (let again = false; ; again = true) {
      const leave = await this.#gate.enter({ bulk, signal, again, ticket: bulk ? ticket : undefined });
      if (leave === undefined) return broken("before-dot", ABORTED);
      let exchange: Exchange | undefined;
      try {
        ticket ??= new Ticket(await wired(mail, envelope, options));
        exchange = await this.#attempt(ticket);
        if (exchange) return exchange.outcome;
      } finally {
        // Otherwise it is the place of the mail that follows.
        if (!exchange?.isFollowed) leave();
      }
    }
  }

  /** @throws SmtpUnavailableError */
  async verify({ signal }: VerifyOptions = {}): Promise<void> {
    try {
      const connection = await SmtpConnection.open({ ...this.#session, onEnd: () => undefined }, signal);
      await connection.quit();
    } catch (error) {
      const reason = tlsHint(error as SmtpError, this.#settings) ?? errorMessage(error);
      throw new SmtpUnavailableError(`${this.name} cannot be used: ${reason}`, { cause: error });
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** @returns undefined when the mail has to wait for another connection, because the server allows fewer */
  async #attempt(ticket: Ticket): Promise<Exchange | undefined> {
    const { mail } = ticket;
    const { signal, isLive } = mail;
    const ride = ticket.takeRide();
    // Aborted while the mail was composed: no listener would hear of it any more.
    if (ride === undefined && (signal?.aborted || !isLive())) return lost(ABORTED);
    const used = ride?.connection ?? this.#pool.takeIdle();
    if (used) {
      const exchange = this.#giveBack(used, await (ride?.exchange ?? used.send(mail)));
      if (!exchange.isUntouched) return exchange;
      if (used.isClosedByServer) this.#pool.noteEnd(used, exchange.outcome.response);
      if (signal?.aborted || !isLive()) return lost(ABORTED);
    }
    const fresh = await this.#pool.open(signal);
    if ("isSurplus" in fresh) return undefined;
    if ("outcome" in fresh) return { outcome: fresh.outcome, isUntouched: true, isFollowed: false };
    return this.#giveBack(fresh, await fresh.send(mail));
  }

  #giveBack(connection: SmtpConnection, exchange: Exchange): Exchange {
    if (!exchange.isFollowed) this.#pool.giveBack(connection);
    return exchange;
  }

  /** Bulk mail that waits follows bulk mail over its connection. */
  #nextFor(connection: SmtpConnection): Follower | undefined {
    return this.#gate.handOver(({ mail }) => connection.takes(mail))?.board(connection);
  }
}

async function wired(mail: RenderedMail, envelope: Envelope, options: SendOptions): Promise<WireMail> {
  const { signal, isLive = () => !signal?.aborted, bulk: isBulk = false, onFinalDot, onAnswer } = options;
  return {
    message: await compose(mail, options),
    envelope,
    isBulk,
    needsUtf8: needsUtf8(mail, envelope),
    signal,
    isLive,
    ...(onFinalDot && { onFinalDot }),
    ...(onAnswer && { onAnswer }),
  };
}

function lost(reason: string): Exchange {
  return { outcome: broken("before-dot", reason), isUntouched: true, isFollowed: false };
}
