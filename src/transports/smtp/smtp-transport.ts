import { errorMessage } from "../../errors/error-message.ts";
import { DelayedMailError } from "../../errors/errors.ts";
import { envelopeOf, needsUtf8 } from "../../mail/envelope.ts";
import type { RenderedMail } from "../../mail/mail.ts";
import { compose } from "../../mime/compose.ts";
import { broken } from "../outcome.ts";
import type { Outcome, SendOptions, Transport, VerifyOptions } from "../transport.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { ConnectionSlots } from "./connection-slots.ts";
import type { Learnt } from "./learnt-limit.ts";
import { type SessionOptions, type SmtpTimeouts, sessionOptions } from "./session-options.ts";
import { ABORTED, SmtpConnection } from "./smtp-connection.ts";
import { type SmtpError, tlsHint } from "./smtp-error.ts";
import type { SmtpSettings } from "./smtp-url.ts";
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

/** Mail over SMTP. What waits, waits in the store or for a connection slot. */
export class SmtpTransport implements Transport {
  readonly name: string;
  readonly connections: number;
  readonly #slots: ConnectionSlots;
  readonly #pool: ConnectionPool;
  readonly #settings: SmtpSettings;
  readonly #session: SessionOptions;

  constructor(settings: SmtpSettings, { onLearnt = () => undefined, now, ...timeouts }: SmtpOptions = {}) {
    const { host, port, secure, connections } = settings;
    this.name = `${secure ? "smtps" : "smtp"}://${host}:${port}`;
    this.connections = connections;
    this.#settings = settings;
    this.#session = sessionOptions(settings, timeouts);
    this.#pool = new ConnectionPool({ settings, session: this.#session, onLearnt, ...(now && { now }) });
    this.#slots = new ConnectionSlots(() => this.#pool.limit);
  }

  /** @throws InvalidMailError when the mail or `recipients` hold what is not exactly one address */
  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const { recipients, signal, isLive = () => !signal?.aborted, bulk = false } = options;
    const { onFinalDot, onAnswer } = options;
    const envelope = envelopeOf(mail, recipients);
    let wired: WireMail | undefined;
    for (;;) {
      const leave = await this.#slots.enter({ bulk, signal, again: wired !== undefined });
      if (leave === undefined) return broken("before-dot", ABORTED);
      try {
        wired ??= {
          message: await compose(mail, options),
          envelope,
          needsUtf8: needsUtf8(mail, envelope),
          signal,
          isLive,
          ...(onFinalDot && { onFinalDot }),
          ...(onAnswer && { onAnswer }),
        };
        const outcome = await this.#attempt(wired);
        if (outcome) return outcome;
      } finally {
        leave();
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
  async #attempt(mail: WireMail): Promise<Outcome | undefined> {
    const { signal, isLive } = mail;
    // Aborted while the mail was composed: no listener would hear of it any more.
    if (signal?.aborted || !isLive()) return broken("before-dot", ABORTED);
    const idle = this.#pool.takeIdle();
    if (idle) {
      const { outcome, isUntouched } = await idle.send(mail);
      this.#pool.giveBack(idle);
      if (!isUntouched) return outcome;
      this.#pool.noteEnd(idle, outcome.response);
    }
    const fresh = await this.#pool.open(signal);
    if ("isSurplus" in fresh) return undefined;
    if ("outcome" in fresh) return fresh.outcome;
    const { outcome } = await fresh.send(mail);
    this.#pool.giveBack(fresh);
    return outcome;
  }
}
