import type { Socket } from "node:net";
import type { Reply } from "../outcome.ts";
import { BadReplyError, ReplyParser } from "./reply-parser.ts";

/** A command, and who hears its reply. */
export interface Question {
  readonly line: string;
  readonly onReply: (reply: Reply) => void;
}

/** How a dialogue ended. */
export interface Disposition {
  readonly reason: string;
  /** The server closed it; or what it said belongs to nothing that it was asked; or we gave it up. */
  readonly cause: "closed" | "confused" | "given-up";
  /** What the server said with that. */
  readonly last?: Reply;
}

export interface DialogueOptions {
  /** Called once, before the socket is closed. */
  readonly onEnd: (ending: Disposition) => void;
  /** Nothing came or went for as long as `patience` said. */
  readonly onTimeout: () => void;
}

type Listener = { readonly onReply: Question["onReply"]; readonly isAnsweredByClosing: boolean };

const CLOSED = "The mail server closed the connection";
/** RFC 5321 3.8: whatever it answers, the server closes the connection. */
const SERVER_CLOSES = 421;
/** How long the server's answer to QUIT is waited for, in ms. */
const GOODBYE_MS = 1_000;

/**
 * Commands and replies over one socket. Replies are matched to what was asked, in order; so several commands, also of two mails, may be
 * on their way at once. A reply that nobody asked for, or that is no SMTP, ends it: nothing after it could be told for what it is.
 */
export class Dialogue {
  readonly #socket: Socket;
  readonly #options: DialogueOptions;
  readonly #parser = new ReplyParser();
  readonly #asked: Listener[] = [];
  #isEnded = false;
  #onRoom: () => void = () => undefined;

  constructor(socket: Socket, options: DialogueOptions) {
    this.#socket = socket;
    this.#options = options;
    socket
      .on("data", (chunk: Buffer) => this.#read(chunk))
      .on("drain", () => this.#onRoom())
      .on("error", ({ message }) => this.end({ reason: message, cause: "closed" }))
      .on("end", () => this.end({ reason: CLOSED, cause: "closed" }))
      .on("close", () => this.end({ reason: CLOSED, cause: "closed" }))
      .on("timeout", () => options.onTimeout());
    // It may have closed since the server let us in, and then says so no more.
    if (socket.destroyed) this.#isEnded = true;
    socket.resume();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** How long nothing may come or go, in ms. */
  set patience(ms: number) {
    this.#socket.setTimeout(ms);
  }

  /** All in one write (RFC 2920 3.1). */
  ask(questions: readonly Question[]): void {
    for (const { onReply } of questions) this.#asked.push({ onReply, isAnsweredByClosing: false });
    const lines = questions.map(({ line }) => line).join("");
    // Shorter to write, where it is the same.
    this.#socket.write(lines, isAscii(lines) ? "latin1" : "utf8");
  }

  /** Calls `onReply` with the next reply that no earlier command is waiting for, also when the server closes the connection with it. */
  expect(onReply: Question["onReply"]): void {
    this.#asked.push({ onReply, isAnsweredByClosing: true });
  }

  /** @returns whether there is room for more at once */
  write(bytes: Buffer): boolean {
    return this.#socket.write(bytes);
  }

  /** Sends everything that `write` writes in one packet. */
  together(write: () => void): void {
    this.#socket.cork();
    write();
    this.#socket.uncork();
  }

  /** Resolves when everything has left, or nothing ever will. */
  room(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRoom = resolve;
      if (this.#isEnded || !this.#socket.writableNeedDrain) resolve();
    });
  }

  /** Nothing can be said any more. */
  end(ending: Disposition): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#socket.destroy();
    this.#options.onEnd(ending);
    this.#onRoom();
  }

  /** Says goodbye, and waits a little for the answer. Nothing may be on its way. */
  quit(): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    this.#isEnded = true;
    this.#options.onEnd({ reason: "It was closed", cause: "given-up" });
    const socket = this.#socket;
    return new Promise((resolve) => {
      socket.once("close", () => resolve());
      socket.removeAllListeners("data").on("data", () => socket.destroy());
      socket.setTimeout(GOODBYE_MS, () => socket.destroy());
      socket.write("QUIT\r\n");
    });
  }

  #read(chunk: Buffer): void {
    try {
      this.#parser.read(chunk, (reply) => this.#take(reply));
    } catch (error) {
      if (!(error instanceof BadReplyError)) throw error;
      this.end({ reason: error.message, cause: "confused" });
    }
  }

  #take(reply: Reply): void {
    if (this.#isEnded) return;
    const listener = this.#asked.shift();
    const isClosing = reply.code === SERVER_CLOSES;
    if (!isClosing || listener?.isAnsweredByClosing) listener?.onReply(reply);
    if (isClosing) this.end({ reason: reply.response, cause: "closed", last: reply });
    else if (listener === undefined)
      this.end({
        reason: `The mail server said what nobody asked for: ${reply.response}`,
        cause: "confused",
      });
  }
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
