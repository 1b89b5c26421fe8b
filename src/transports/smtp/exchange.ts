import type { Outcome } from "../transport.ts";
import type { Transaction } from "./transaction.ts";
import type { WireMail } from "./wire-mail.ts";

/** What became of a mail on one connection. */
export interface Exchange {
  readonly outcome: Outcome;
  /** The connection ended before anything of the message was sent, and not for its sake: nothing is known against the mail. */
  readonly isUntouched: boolean;
  /** The connection has its next mail already. */
  readonly isFollowed: boolean;
}

/** A mail, and who hears what becomes of it. */
export interface Follower {
  readonly mail: WireMail;
  readonly settle: (exchange: Exchange) => void;
}

/** A mail on its way over a connection. */
export interface Passage extends Follower {
  readonly transaction: Transaction;
  /** Its envelope left with the message of the mail before. */
  readonly isChained: boolean;
}

/** A mail whose answer counts once the envelope that left with its message is answered in order. */
export interface Trial {
  readonly passage: Passage;
  readonly outcome: Outcome;
}
