import { errorMessage } from "../../errors/error-message.ts";
import { broken, type Reply } from "../outcome.ts";
import type { Outcome } from "../transport.ts";
import { dataBlock, FINAL_DOT } from "./data-block.ts";
import { Dialogue, type Disposition, type Question } from "./dialogue.ts";
import { openSession, type Session } from "./open-session.ts";
import type { SessionOptions } from "./session-options.ts";
import { Transaction } from "./transaction.ts";
import { envelopeLines, unfit, type WireMail } from "./wire-mail.ts";

/** What became of a mail on one connection. */
export interface Exchange {
  readonly outcome: Outcome;
  /** The server closed the connection before anything of the message was sent: nothing is known against the mail. */
  readonly isUntouched: boolean;
}

export interface ConnectionOptions extends Pick<SessionOptions, "answer" | "idle"> {
  /** Nothing can be sent over it any more. Called once. */
  readonly onEnd: (connection: SmtpConnection) => void;
}

interface Current {
  readonly mail: WireMail;
  readonly transaction: Transaction;
  readonly settle: (exchange: Exchange) => void;
}

export const ABORTED = "The send was aborted before the mail was handed over";
const NO_ANSWER = "The mail server did not answer in time";
/** How long an aborted send waits for the server's answer once the dot may have left, in ms. */
const ANSWER_MS = 1_000;
/** A longer message is written in pieces of so many bytes, as fast as they leave. */
const PIECE = 65_536;

/**
 * A connection to a mail server, one mail at a time. It knows exactly how far a mail is: before the message, in it, or behind its final
 * dot; so it can tell a mail that was certainly not taken from one of which nobody knows.
 */
export class SmtpConnection {
  readonly #session: Session;
  readonly #options: ConnectionOptions;
  readonly #dialogue: Dialogue;
  #current: Current | undefined;
  #mails = 0;
  #usedAt = 0;
  #needsReset = false;
  /** The one that the latest mail was given: those of a newsletter have it in common. */
  #signal: AbortSignal | undefined;
  #wait: NodeJS.Timeout | undefined;

  /** @throws what nodemailer throws when there is none to be had, or when `signal` ends it */
  static async open(
    { onEnd, ...options }: SessionOptions & Pick<ConnectionOptions, "onEnd">,
    signal?: AbortSignal,
  ): Promise<SmtpConnection> {
    return new SmtpConnection(await openSession(options, signal), { ...options, onEnd });
  }

  private constructor(session: Session, options: ConnectionOptions) {
    this.#session = session;
    this.#options = options;
    this.#dialogue = new Dialogue(session.socket, {
      onEnd: (ending) => this.#onEnd(ending),
      onTimeout: () => this.#onTimeout(),
    });
    this.#dialogue.patience = options.idle;
  }

  /** Mails that the server has answered on it. */
  get mails(): number {
    return this.#mails;
  }

  get isEnded(): boolean {
    return this.#dialogue.isEnded;
  }

  /** When it was last used, by `performance.now()`. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Never rejects, and is not called again before it has resolved. */
  async send(mail: WireMail): Promise<Exchange> {
    const { signal, isLive } = mail;
    if (this.isEnded)
      return { outcome: broken("before-dot", "The connection was closed"), isUntouched: true };
    const outcome = unfit(mail, this.#session);
    if (outcome) return { outcome, isUntouched: false };
    if (signal?.aborted || !isLive()) return { outcome: broken("before-dot", ABORTED), isUntouched: false };
    this.#listenTo(signal);
    return this.#begin(mail);
  }

  /** Nothing may be on its way. */
  quit(): Promise<void> {
    return this.#dialogue.quit();
  }

  readonly #onAbort = (): void => {
    if (this.#current === undefined) return;
    if (this.#current.transaction.progress !== "dot") this.#giveUp(ABORTED);
    // Only the server's answer tells now what became of the mail: it is waited for a little.
    else this.#wait = setTimeout(() => this.#giveUp(NO_ANSWER), ANSWER_MS);
  };

  #listenTo(signal: AbortSignal | undefined): void {
    if (signal === this.#signal) return;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    signal?.addEventListener("abort", this.#onAbort);
    this.#signal = signal;
  }

  #begin(mail: WireMail): Promise<Exchange> {
    return new Promise((settle) => {
      const transaction = new Transaction();
      this.#current = { mail, transaction, settle };
      this.#dialogue.patience = this.#options.answer;
      const questions = this.#envelope(mail, transaction);
      if (this.#session.extensions.has("PIPELINING")) this.#dialogue.ask(questions);
      else this.#askInTurn(questions, transaction);
    });
  }

  #envelope(mail: WireMail, transaction: Transaction): readonly Question[] {
    const [sender, ...recipients] = envelopeLines(mail, this.#session);
    const reset = { line: "RSET\r\n", onReply: (reply: Reply) => this.#onReset(reply) };
    const needsReset = this.#needsReset;
    this.#needsReset = false;
    return [
      ...(needsReset ? [reset] : []),
      { line: sender, onReply: (reply) => this.#check(reply, () => transaction.onSender(reply)) },
      ...recipients.map((line, index) => ({
        line,
        onReply: (reply: Reply) =>
          this.#check(reply, () => transaction.onRecipient(mail.envelope.to[index] ?? "", reply)),
      })),
      { line: "DATA\r\n", onReply: (reply) => this.#onGoAhead(reply, mail, transaction) },
    ];
  }

  /** Each command after the reply to the one before, as long as there is hope. */
  #askInTurn([question, ...later]: readonly Question[], transaction: Transaction): void {
    if (question === undefined) return;
    const isHopeless = transaction.isSenderRefused || (later.length === 0 && !transaction.isWanted);
    if (isHopeless) {
      this.#finish(transaction.refused(), true);
      return;
    }
    const onReply = (reply: Reply) => {
      question.onReply(reply);
      if (!this.isEnded) this.#askInTurn(later, transaction);
    };
    this.#dialogue.ask([{ line: question.line, onReply }]);
  }

  #onReset({ code, response }: Reply): void {
    if (code >= 300)
      this.#dialogue.end({ reason: `The mail server could not be reset: ${response}`, isClosed: true });
  }

  /** A reply that is neither yes nor no belongs to something else. */
  #check(reply: Reply, take: () => void): void {
    if (reply.code >= 300 && reply.code < 400) this.#outOfStep(reply);
    else take();
  }

  #onGoAhead(reply: Reply, mail: WireMail, transaction: Transaction): void {
    transaction.onGoAhead(reply);
    if (reply.code < 300) this.#outOfStep(reply);
    else if (reply.code >= 400) this.#finish(transaction.refused(), true);
    else if (transaction.isWanted) this.#sendMessage(mail, transaction);
    else this.#sendNothing(transaction);
  }

  /** DATA was taken though nobody is to have the message: an empty one ends it (RFC 2920 3.1). What it is answered does not matter. */
  #sendNothing(transaction: Transaction): void {
    this.#dialogue.expect(() => this.#finish(transaction.refused(), true));
    this.#dialogue.write(FINAL_DOT);
  }

  #sendMessage(mail: WireMail, transaction: Transaction): void {
    this.#dialogue.expect((reply) => this.#onTaken(reply, mail, transaction));
    transaction.progress = "message";
    const pieces = dataBlock(mail.message);
    if (!mail.isLive()) this.#giveUp(ABORTED);
    else if (mail.message.length > PIECE) void this.#sendInPieces(pieces, mail, transaction);
    else
      this.#dialogue.together(() => {
        for (const piece of pieces) this.#dialogue.write(piece);
        this.#sendDot(mail, transaction);
      });
  }

  /** Never rejects. All of the message has left the process before its dot is written. */
  async #sendInPieces(pieces: readonly Buffer[], mail: WireMail, transaction: Transaction): Promise<void> {
    const isOver = () => this.#current?.transaction !== transaction;
    for (const piece of pieces)
      for (let at = 0; at < piece.length && !isOver(); at += PIECE)
        if (!this.#dialogue.write(piece.subarray(at, at + PIECE))) await this.#dialogue.room();
    if (!isOver()) this.#sendDot(mail, transaction);
  }

  /** The place where the envelope of a next mail can leave with the message of this one, once mails are chained (RFC 2920 3.1). */
  #sendDot(mail: WireMail, transaction: Transaction): void {
    const refusal = mail.isLive() ? refusalOfDot(mail) : ABORTED;
    if (refusal === undefined) {
      transaction.progress = "dot";
      this.#dialogue.write(FINAL_DOT);
    } else this.#giveUp(refusal);
  }

  #onTaken(reply: Reply, mail: WireMail, transaction: Transaction): void {
    const isRefused = reply.code >= 400;
    const isWhole = transaction.progress === "dot";
    if (reply.code >= 300 && !isRefused) this.#outOfStep(reply);
    else if (isWhole) {
      const outcome = transaction.taken(reply);
      mail.onAnswer?.(outcome);
      this.#finish(outcome, isRefused);
    } else if (isRefused) {
      // The rest of the message would be taken for commands.
      this.#finish(transaction.taken(reply), false);
      this.#giveUp(reply.response);
    } else this.#outOfStep(reply);
  }

  #finish(outcome: Outcome, needsReset: boolean): void {
    this.#needsReset = needsReset;
    this.#mails += 1;
    this.#usedAt = performance.now();
    this.#dialogue.patience = this.#options.idle;
    this.#settle({ outcome, isUntouched: false });
  }

  #settle(exchange: Exchange): void {
    const { settle } = this.#current ?? {};
    this.#current = undefined;
    clearTimeout(this.#wait);
    settle?.(exchange);
  }

  #onTimeout(): void {
    if (this.#current) this.#giveUp(NO_ANSWER);
    else void this.quit();
  }

  #giveUp(reason: string): void {
    this.#dialogue.end({ reason, isClosed: false });
  }

  #outOfStep({ response }: Reply): void {
    this.#giveUp(`The mail server's answers are out of step: ${response}`);
  }

  #onEnd({ reason, isClosed, last }: Disposition): void {
    this.#listenTo(undefined);
    this.#options.onEnd(this);
    const { transaction } = this.#current ?? {};
    if (transaction === undefined) return;
    const isUntouched = isClosed && transaction.isUndecided;
    this.#settle({ outcome: transaction.brokenOff(reason, last), isUntouched });
  }
}

/** @returns why the final dot must not leave */
function refusalOfDot({ onFinalDot }: WireMail): string | undefined {
  try {
    onFinalDot?.();
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}
