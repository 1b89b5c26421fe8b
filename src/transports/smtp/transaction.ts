import {
  BAD_SEQUENCE,
  broken,
  classifyReply,
  type Reply,
  refusedMessage,
  refusedRecipients,
} from "../outcome.ts";
import type { Outcome, Refusal } from "../transport.ts";

/** How far a mail is: nothing of its message has left, some may have, or its final dot may have. */
export type Progress = "envelope" | "message" | "dot";

/** What a server said to the parts of one mail, and what that comes to. It knows nothing of sockets. */
export class Transaction {
  progress: Progress = "envelope";
  readonly #accepted: string[] = [];
  readonly #refused: Refused[] = [];
  #sender: Reply | undefined;
  #isSenderTaken = false;
  #goAhead: Reply | undefined;
  #isAnswered = false;

  /** To MAIL. */
  onSender(reply: Reply): void {
    this.#isAnswered = true;
    if (reply.code >= 400) this.#sender = reply;
    else this.#isSenderTaken = true;
  }

  /** To RCPT. */
  onRecipient(address: string, reply: Reply): void {
    if (reply.code >= 400) this.#refused.push({ address, reply });
    else this.#accepted.push(address);
  }

  /** To DATA, whatever it is. */
  onGoAhead(reply: Reply): void {
    this.#goAhead = reply;
  }

  /** Whether the server has said anything of it. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Whether the server believes to be in the middle of another mail, or of none that it knows. */
  get isOutOfSequence(): boolean {
    return this.#sender?.code === BAD_SEQUENCE;
  }

  /** Whether the server takes the mail for anybody, as far as it has answered. */
  get isWanted(): boolean {
    return this.#sender === undefined && this.#accepted.length > 0;
  }

  /** Whether it is known, before there was a message, that there will be none. */
  get isSenderRefused(): boolean {
    return this.#sender !== undefined;
  }

  /** Whether nothing of the message has left, and it is open whether it will. */
  get isUndecided(): boolean {
    const isAnswered = this.#goAhead !== undefined && !this.isWanted;
    return this.progress === "envelope" && !this.isSenderRefused && !isAnswered;
  }

  /** To the final dot. */
  taken(reply: Reply): Outcome {
    if (reply.code >= 400) return refusedMessage(reply);
    const refused = this.#refused.map(refusalOf);
    return { class: "sent", ...reply, accepted: [...this.#accepted], refused };
  }

  /** After a refusal: what was refused first decides, because what follows is refused for its sake. */
  refused(): Outcome {
    if (this.#sender) return { ...refusedMessage(this.#sender), beforeRecipient: true };
    if (this.#accepted.length === 0) return allRefused(this.#refused);
    return this.#goAhead ? refusedMessage(this.#goAhead) : broken("before-dot", "The mail was not asked for");
  }

  /** The connection is gone. @param last what the server said before, where it said why */
  brokenOff(reason: string, last?: Reply): Outcome {
    if (this.progress === "dot") return broken("after-dot", reason);
    if (this.progress === "envelope" && !this.isUndecided) return this.refused();
    if (last === undefined) return broken("before-dot", reason);
    return { ...refusedMessage(last), ...(!this.#isSenderTaken && { beforeRecipient: true }) };
  }
}

interface Refused {
  readonly address: string;
  readonly reply: Reply;
}

function allRefused(refused: readonly Refused[]): Outcome {
  const fault = refused.find(({ reply }) => classifyReply(reply) === "our-fault");
  return fault ? refusedMessage(fault.reply) : refusedRecipients(refused.map(refusalOf));
}

function refusalOf({ address, reply }: Refused): Refusal {
  const found = classifyReply(reply);
  return { address, class: found === "our-fault" ? "deferred" : found, ...reply };
}
