import { broken, type Reply } from "../outcome.ts";
import type { Outcome } from "../transport.ts";
import type { Chaining } from "./chaining.ts";
import { dataBlock, FINAL_DOT } from "./data-block.ts";
import { Dialogue, type Disposition, type Question } from "./dialogue.ts";
import type { Exchange, Follower, Passage, Trial } from "./exchange.ts";
import { openSession, type Session } from "./open-session.ts";
import type { SessionOptions } from "./session-options.ts";
import { Transaction } from "./transaction.ts";
import { envelopeLines, refusalOfDot, unfit, type WireMail } from "./wire-mail.ts";

export interface ConnectionOptions extends Pick<SessionOptions, "answer" | "idle"> {
  /** Nothing can be sent over it any more. Called once. */
  readonly onEnd: (connection: SmtpConnection) => void;
  /** Gives it the next mail while it is still at one. Defaults to none. */
  readonly nextFor?: (connection: SmtpConnection) => Follower | undefined;
  /** Where what the server makes of such mails is noted. */
  readonly chaining?: Chaining;
}

type OpenOptions = SessionOptions & Omit<ConnectionOptions, keyof SessionOptions>;

export const ABORTED = "The send was aborted before the mail was handed over";
const NO_ANSWER = "The mail server did not answer in time";
const ATE_IT = "The mail server did not answer an envelope that left with the message before it";
/** An answer that speaks of an address (RFC 3463 3.2) is none to a message. */
const ABOUT_AN_ADDRESS = /^250[ -]2\.1\./;
/** How long the answers to the first envelope that leaves with a message are waited for once that message is answered, in ms. */
const TRIAL_MS = 30_000;
/** How long an aborted send waits for the server's answer once the dot may have left, in ms. */
const ANSWER_MS = 1_000;
/** A longer message is written in pieces of so many bytes, as fast as they leave. */
const PIECE = 65_536;

/**
 * A connection to a mail server, which sends one mail at a time. It knows exactly how far a mail is: before its message, in it, or after its
 * final dot. So it can say of a mail whether it was certainly not taken, or whether nobody can know.
 *
 * When the server announces PIPELINING and another mail waits, the envelope of the next mail is sent with the message of the current one (RFC
 * 2920 3.1). The next message is sent only after the current mail is answered, so the outcome of at most one mail can be unknown.
 */
export class SmtpConnection {
  readonly #session: Session;
  readonly #options: ConnectionOptions;
  readonly #dialogue: Dialogue;
  #current: Passage | undefined;
  /** Its envelope left with the message of the current one. */
  #next: Passage | undefined;
  #trial: Trial | undefined;
  /** Whether two mails of which the second left early were answered in their order. */
  #isProven = false;
  #isClosedByServer = false;
  #mails = 0;
  #usedAt = 0;
  #needsReset = false;
  /** The one that the latest mail was given: those of a newsletter have it in common. */
  #signal: AbortSignal | undefined;
  #wait: NodeJS.Timeout | undefined;

  /** @throws what nodemailer throws when there is none to be had, or when `signal` ends it */
  static async open(options: OpenOptions, signal?: AbortSignal): Promise<SmtpConnection> {
    return new SmtpConnection(await openSession(options, signal), options);
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

  /** Whether the server ended it. */
  get isClosedByServer(): boolean {
    return this.#isClosedByServer;
  }

  /** When it was last used, by `performance.now()`. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Never rejects, and is not called again before it has resolved with nothing that follows. */
  async send(mail: WireMail): Promise<Exchange> {
    const { signal, isLive } = mail;
    if (this.isEnded) return untouched("The connection was closed");
    const outcome = unfit(mail, this.#session);
    if (outcome) return over(outcome);
    if (signal?.aborted || !isLive()) return over(broken("before-dot", ABORTED));
    this.#listenTo(signal);
    return this.#begin(mail);
  }

  /** Whether a mail that waits can be sent over it. */
  takes(mail: WireMail): boolean {
    return unfit(mail, this.#session) === undefined && !mail.signal?.aborted && mail.isLive();
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
      const passage = { mail, settle, transaction: new Transaction(), isChained: false };
      this.#current = passage;
      this.#dialogue.patience = this.#options.answer;
      const questions = this.#envelope(passage);
      if (this.#isPipelining) this.#dialogue.ask(questions);
      else this.#askInTurn(questions, passage.transaction);
    });
  }

  get #isPipelining(): boolean {
    return this.#session.extensions.has("PIPELINING");
  }

  #envelope(passage: Passage): readonly Question[] {
    const { mail, transaction } = passage;
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
      { line: "DATA\r\n", onReply: (reply) => this.#onGoAhead(reply, passage) },
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
      this.#dialogue.end({ reason: `The mail server could not be reset: ${response}`, cause: "closed" });
  }

  /** A reply that is neither yes nor no belongs to something else. */
  #check(reply: Reply, take: () => void): void {
    if (reply.code >= 300 && reply.code < 400) this.#outOfStep(reply);
    else take();
  }

  #onGoAhead(reply: Reply, passage: Passage): void {
    const { transaction, isChained } = passage;
    transaction.onGoAhead(reply);
    if (isChained && reply.code >= 300) this.#prove();
    // Out of sequence: it keeps something of the mail before, to which not even an empty message may be added.
    if (reply.code < 300 || (isChained && transaction.isOutOfSequence)) this.#outOfStep(reply);
    else if (reply.code >= 400) this.#finish(transaction.refused(), true);
    else if (transaction.isWanted) this.#sendMessage(passage);
    else this.#sendNothing(transaction);
  }

  /** DATA was taken though nobody is to have the message: an empty one ends it (RFC 2920 3.1). What it is answered does not matter. */
  #sendNothing(transaction: Transaction): void {
    this.#dialogue.expect(() => this.#finish(transaction.refused(), true));
    this.#dialogue.write(FINAL_DOT);
  }

  #sendMessage(passage: Passage): void {
    const { mail, transaction } = passage;
    this.#dialogue.expect((reply) => this.#onTaken(reply, passage));
    transaction.progress = "message";
    const pieces = dataBlock(mail.message);
    if (!mail.isLive()) this.#giveUp(ABORTED);
    else if (mail.message.length > PIECE) void this.#sendInPieces(pieces, passage);
    else
      this.#dialogue.together(() => {
        for (const piece of pieces) this.#dialogue.write(piece);
        this.#sendDot(passage);
      });
  }

  /** Never rejects. All of the message has left the process before its dot is written. */
  async #sendInPieces(pieces: readonly Buffer[], passage: Passage): Promise<void> {
    const isOver = () => this.#current !== passage;
    for (const piece of pieces)
      for (let at = 0; at < piece.length && !isOver(); at += PIECE)
        if (!this.#dialogue.write(piece.subarray(at, at + PIECE))) await this.#dialogue.room();
    if (!isOver()) this.#dialogue.together(() => this.#sendDot(passage));
  }

  #sendDot({ mail, transaction }: Passage): void {
    const refusal = mail.isLive() ? refusalOfDot(mail) : ABORTED;
    if (refusal === undefined) {
      transaction.progress = "dot";
      this.#dialogue.write(FINAL_DOT);
      if (mail.isBulk) this.#chain();
    } else this.#giveUp(refusal);
  }

  /** A connection that has answered a mail has answered a group of commands in order, so it is given the next group early. */
  #chain(): void {
    const follower = this.#isPipelining && this.#mails > 0 ? this.#options.nextFor?.(this) : undefined;
    if (follower === undefined) return;
    this.#next = { ...follower, transaction: new Transaction(), isChained: true };
    this.#dialogue.ask(this.#envelope(this.#next));
  }

  #onTaken(reply: Reply, { mail, transaction }: Passage): void {
    const isRefused = reply.code >= 400;
    const isWhole = transaction.progress === "dot";
    const isNextOnes = this.#next !== undefined && ABOUT_AN_ADDRESS.test(reply.response);
    if ((reply.code >= 300 && !isRefused) || isNextOnes) this.#outOfStep(reply);
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
    const { settle } = this.#current ?? {};
    this.#mails += 1;
    this.#usedAt = performance.now();
    clearTimeout(this.#wait);
    if (this.#next) this.#follow(outcome, this.#next);
    else {
      this.#needsReset = needsReset;
      this.#current = undefined;
      this.#dialogue.patience = this.#options.idle;
      settle?.(over(outcome));
    }
  }

  /** The envelope of the next one has left. The message's end has reset the server, whatever it answered (RFC 5321 4.1.1.4). */
  #follow(outcome: Outcome, next: Passage): void {
    const passage = this.#current;
    this.#current = next;
    this.#next = undefined;
    if (passage && !this.#isProven) this.#try({ passage, outcome });
    else passage?.settle({ ...over(outcome), isFollowed: true });
    this.#listenTo(next.mail.signal);
    if (next.mail.signal?.aborted) this.#giveUp(ABORTED);
  }

  /** The first time on a connection an answer is trusted only when those after it are what they must be. */
  #try(trial: Trial): void {
    this.#trial = trial;
    this.#dialogue.patience = Math.min(TRIAL_MS, this.#options.answer);
  }

  #prove(): void {
    this.#isProven = true;
    this.#options.chaining?.prove();
    if (this.#trial === undefined) return;
    this.#dialogue.patience = this.#options.answer;
    this.#endTrial();
  }

  /** @param correction what became of the mail instead, because its answer may have been another's */
  #endTrial(correction?: Outcome): void {
    if (this.#trial === undefined) return;
    const { passage, outcome } = this.#trial;
    this.#trial = undefined;
    if (correction) passage.mail.onAnswer?.(correction);
    passage.settle({ ...over(correction ?? outcome), isFollowed: true });
  }

  #onTimeout(): void {
    if (this.#current === undefined) void this.quit();
    else if (this.#trial === undefined) this.#giveUp(NO_ANSWER);
    else {
      // The one answer that came can only be that to the message.
      if (!this.#current.transaction.isAnswered) this.#endTrial();
      this.#dialogue.end({ reason: ATE_IT, cause: "confused" });
    }
  }

  #giveUp(reason: string): void {
    this.#dialogue.end({ reason, cause: "given-up" });
  }

  #outOfStep({ response }: Reply): void {
    const reason = `The mail server's answers are out of step: ${response}`;
    this.#dialogue.end({ reason, cause: "confused" });
  }

  #onEnd(ending: Disposition): void {
    const { reason, cause, last } = ending;
    clearTimeout(this.#wait);
    this.#listenTo(undefined);
    this.#isClosedByServer = cause === "closed";
    this.#noteChain(ending);
    this.#options.onEnd(this);
    const [current, next] = [this.#current, this.#next];
    this.#current = undefined;
    this.#next = undefined;
    this.#endTrial(cause === "confused" ? broken("after-dot", reason) : undefined);
    if (current) {
      const { transaction, isChained, settle } = current;
      const isConfused = isChained && cause === "confused" && transaction.progress === "envelope";
      const isUntouched = isConfused || (cause === "closed" && transaction.isUndecided);
      const outcome = transaction.brokenOff(reason, last);
      settle({ outcome, isUntouched, isFollowed: next !== undefined });
    }
    next?.settle(untouched(reason));
  }

  /** Learns from the end of the connection whether the server can take envelopes that are sent ahead, if one was sent ahead. */
  #noteChain({ reason, cause, last }: Disposition): void {
    const { isChained = false, transaction } = this.#current ?? {};
    const isAhead = this.#next !== undefined || (isChained && transaction?.progress === "envelope");
    if (!isAhead) return;
    if (cause === "confused") this.#options.chaining?.giveUp(reason);
    // When the server closes with a last reply, the reply is the reason, and not the envelope that was sent ahead.
    else if (cause === "closed" && !this.#isProven && last === undefined)
      this.#options.chaining?.doubt(reason);
  }
}

function over(outcome: Outcome): Exchange {
  return { outcome, isUntouched: false, isFollowed: false };
}

function untouched(reason: string): Exchange {
  return { ...over(broken("before-dot", reason)), isUntouched: true };
}
