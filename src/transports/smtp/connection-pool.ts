import { broken } from "../outcome.ts";
import type { Outcome } from "../transport.ts";
import { Chaining } from "./chaining.ts";
import type { Follower } from "./exchange.ts";
import { type Learnt, LearntLimit } from "./learnt-limit.ts";
import type { SessionOptions } from "./session-options.ts";
import { ABORTED, SmtpConnection } from "./smtp-connection.ts";
import { isTurnedAway, outcomeOfOpening, type SmtpError } from "./smtp-error.ts";
import type { SmtpSettings } from "./smtp-url.ts";

export interface PoolOptions {
  readonly settings: SmtpSettings;
  readonly session: SessionOptions;
  readonly onLearnt: (learnt: Learnt) => void;
  /** Gives a connection the next mail while it is still at one. */
  readonly nextFor: (connection: SmtpConnection) => Follower | undefined;
  /** A clock in ms that never jumps. @default performance.now */
  readonly now?: () => number;
}

/** There is no connection to be had: what that means for the mail, or that it has to wait for one of those that work. */
export type NoConnection = { readonly outcome: Outcome } | { readonly isSurplus: true };

/** A server ends a connection because of its mails only where it was in use until then, in ms. */
const IN_USE = 1_000;

/** Connections to one mail server, kept and used again. Whoever takes one holds a place: how many there are the gate says. */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #idle: SmtpConnection[] = [];
  readonly #working = new Set<SmtpConnection>();
  readonly #opening = new Set<Promise<unknown>>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #connections: LearntLimit;
  readonly #mails: LearntLimit;
  readonly #chaining: Chaining;
  /** After how many mails a connection was ended last. */
  #endedAfter = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    const { settings, onLearnt, now = () => performance.now() } = options;
    this.#options = options;
    this.#connections = new LearntLimit({
      limit: "connections",
      most: settings.connections,
      raise: (value) => value + 1,
      onLearnt,
      now,
    });
    this.#mails = new LearntLimit({
      limit: "mails per connection",
      most: Number.POSITIVE_INFINITY,
      raise: () => Number.POSITIVE_INFINITY,
      onLearnt,
      now,
    });
    this.#chaining = new Chaining({ onLearnt, now });
  }

  /** How many connections the server allows, as far as it is known. */
  get limit(): number {
    return this.#connections.value;
  }

  /** One that has been used and waits. */
  takeIdle(): SmtpConnection | undefined {
    return this.#idle.pop();
  }

  /** A fresh one. */
  async open(signal?: AbortSignal): Promise<SmtpConnection | NoConnection> {
    const opening = SmtpConnection.open(
      {
        ...this.#options.session,
        chaining: this.#chaining,
        onEnd: (connection) => this.#forget(connection),
        nextFor: (connection) => (this.#mayGoOn(connection) ? this.#options.nextFor(connection) : undefined),
      },
      signal,
    );
    this.#opening.add(opening);
    try {
      const connection = await opening;
      this.#working.add(connection);
      return connection;
    } catch (error) {
      this.#opening.delete(opening);
      if (signal?.aborted) return { outcome: broken("before-dot", ABORTED) };
      return await this.#turnedAway(error as SmtpError, signal);
    } finally {
      this.#opening.delete(opening);
    }
  }

  /** Its mail has been answered. */
  giveBack(connection: SmtpConnection): void {
    if (connection.isEnded) return;
    const isSpent = this.#closed || connection.mails >= this.#mails.value;
    if (isSpent) this.#leave(connection);
    else this.#idle.push(connection);
  }

  /** The server closed it before it took the next mail. Twice after as many mails, that is a limit. */
  noteEnd({ mails, usedAt }: SmtpConnection, reason: string): void {
    if (mails === 0 || performance.now() - usedAt > IN_USE) return;
    if (mails === this.#endedAfter) this.#mails.learn(mails, reason);
    this.#endedAfter = mails;
  }

  /** Those that are in use end with their mails. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) this.#leave(connection);
    await Promise.all(this.#leaving);
  }

  /** A server that talks to others of ours allows fewer. Those that are being set up may be such others. */
  async #turnedAway(error: SmtpError, signal?: AbortSignal): Promise<SmtpConnection | NoConnection> {
    const outcome = outcomeOfOpening(error, this.#options.settings);
    if (!isTurnedAway(error, outcome)) return { outcome };
    if (this.#leaving.size > 0) {
      // The server counted them still.
      await Promise.all(this.#leaving);
      return this.open(signal);
    }
    await Promise.allSettled(this.#opening);
    if (this.#working.size === 0) return { outcome };
    this.#connections.learn(this.#working.size, outcome.response);
    return { isSurplus: true };
  }

  /** Whether it may be given a mail besides the one that it is at. */
  #mayGoOn({ mails }: SmtpConnection): boolean {
    return this.#chaining.isAllowed && !this.#closed && mails + 2 <= this.#mails.value;
  }

  #leave(connection: SmtpConnection): void {
    const leaving = connection.quit();
    this.#leaving.add(leaving);
    void leaving.then(() => this.#leaving.delete(leaving));
  }

  #forget(connection: SmtpConnection): void {
    this.#working.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  }
}
