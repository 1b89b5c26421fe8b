import type { RenderedMail } from "../mail/mail.ts";
import type { Signer } from "../mime/signer.ts";

/**
 * What became of one try to send, by what has to be done about it.
 *
 * - `sent`: the server took the mail for at least one recipient.
 * - `rejected`: 5xx for this recipient or this message. Never try again.
 * - `deferred`: 4xx. Try again with backoff.
 * - `throttled`: 421 or a rate answer (450 4.2.x, 451 4.7.x, 452, 454), or a limit of our own. Try again later; costs no attempt.
 * - `our-fault`: login, TLS, sender policy or configuration. No mail can go out until somebody acts; costs no attempt.
 * - `unreachable`: no usable connection was made. Nothing was sent; costs no attempt.
 * - `lost`: the connection broke before the final dot, so the mail was not taken. Safe to try again.
 * - `unknown`: the connection broke after the final dot, so nobody can tell (RFC 1047).
 */
export type OutcomeClass =
  | "sent"
  | "rejected"
  | "deferred"
  | "throttled"
  | "our-fault"
  | "unreachable"
  | "lost"
  | "unknown";

/** A recipient the server refused while it took the mail for others, or while it refused them all. */
export interface Refusal {
  readonly address: string;
  readonly class: "rejected" | "deferred" | "throttled";
  readonly code?: number;
  readonly response: string;
}

export interface Outcome {
  readonly class: OutcomeClass;
  /** The SMTP reply code, where there was a reply. */
  readonly code?: number;
  /** The server's words, or ours where there were none. */
  readonly response: string;
  readonly accepted: readonly string[];
  readonly refused: readonly Refusal[];
  /** How long to leave the transport alone, in ms, where it knows. */
  readonly retryAfter?: number;
  /** With `throttled`: it was our own limit, and the server said nothing. */
  readonly ownLimit?: boolean;
  /** With `ownLimit`: the volume of the day is used up. Another transport may send the mail, and other mails go on. */
  readonly isUsedUp?: boolean;
  /** There are other transports that work, so only mails of this one have to wait. */
  readonly othersWork?: boolean;
  /** The server refused before it was told who the mail is for. */
  readonly beforeRecipient?: boolean;
  /** With `throttled`: only mails to this mail provider have to wait; others can be sent. */
  readonly provider?: string;
}

export interface SendOptions {
  /** Send only to these of the mail's recipients (the envelope, RFC 5321 3.3). Defaults to all of them. */
  readonly recipients?: readonly string[];
  /** Aborted before the final dot: nothing is sent and the outcome is `lost`. */
  readonly signal?: AbortSignal;
  /**
   * Asked right before the mail is begun and right before its final dot; false stops it there, and the outcome is `lost`. It knows what
   * `signal` could not say yet, because the process was stopped or its event loop blocked.
   */
  readonly isLive?: () => boolean;
  /**
   * Called right before the mail's final dot leaves, or, where there is none, right before it can be taken: whoever notes it there knows
   * later which mails may have been taken. What it throws keeps the mail from leaving: the outcome is `lost`, or the send rejects with it.
   */
  readonly onFinalDot?: () => void;
  /**
   * Called with the answer to the mail as soon as that is known, before the message of another leaves over its connection; once more, with
   * `unknown`, where it turns out that the answer may have been another's. It must not throw.
   */
  readonly onAnswer?: (outcome: Outcome) => void;
  /** Bulk mail leaves at least one connection free for other mail. @default false */
  readonly bulk?: boolean;
  /**
   * Whether the mail may wait where it is until its recipients' mail provider may be sent to. One that may not is answered with
   * `throttled` and `retryAfter` at once, so that whoever sends it can go on with others. @default true
   */
  readonly mayWait?: boolean;
  /**
   * How many mails to a domain are still to be sent by whoever sends this one, which is among them. Asked where a mail has to wait:
   * `retryAfter` then says when it is worth to come back with all of them. The same function for all of them.
   */
  readonly peers?: (domain: string) => number;
  /** Signs the mail's bytes with DKIM, where the application does so. */
  readonly dkim?: Signer;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
}

/** Takes finished mails to where they go. One implementation per file. */
export interface Transport {
  /** For logs, without credentials. */
  readonly name: string;
  /** How many sends may usefully run at once. */
  readonly connections: number;
  /** Resolves to what became of the mail; rejects only for a programming error. */
  send(mail: RenderedMail, options?: SendOptions): Promise<Outcome>;
  /**
   * Connects and logs in without sending. A circuit breaker asks it whether the transport works again; `signal` ends it early.
   * @throws DelayedMailError with the reason
   */
  verify(options?: VerifyOptions): Promise<void>;
  close(): Promise<void>;
}
