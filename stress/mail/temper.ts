import type { Random } from "../random.ts";

/** How a mail server treats its clients. */
export interface Temper {
  /** More connections than these at once are answered with 421. */
  readonly connections: number;
  /** So many mails of one connection are taken; then it is told 421, and closed. */
  readonly mailsPerConnection: number;
  /** Of the messages: the line is dropped after the final dot. Half of them are taken. */
  readonly dropped: number;
  /** Of the recipients: 451. */
  readonly deferred: number;
  /** How long it takes over a message, in ms. */
  readonly delayMs: number;
}

export const CALM: Temper = {
  connections: Number.POSITIVE_INFINITY,
  mailsPerConnection: Number.POSITIVE_INFINITY,
  dropped: 0,
  deferred: 0,
  delayMs: 0,
};

/** Every server that is started has another one. */
export function temperOf(random: Random): Temper {
  return {
    connections: random.pick([3, 8, CALM.connections, CALM.connections]) ?? CALM.connections,
    mailsPerConnection: random.chance(0.4) ? random.integer(5, 60) : CALM.mailsPerConnection,
    dropped: random.chance(0.5) ? 0.005 : 0,
    deferred: random.chance(0.5) ? 0.02 : 0,
    delayMs: random.chance(0.5) ? random.integer(1, 10) : 0,
  };
}
