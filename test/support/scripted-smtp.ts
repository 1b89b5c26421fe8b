import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** Where the scripted server misbehaves. */
export interface SmtpScript {
  /** Instead of the greeting; "drop" closes the connection, "silent" says nothing. @default "220 scripted ESMTP" */
  readonly greeting?: string;
  /** How long it takes over its greeting, in ms. @default 0 */
  readonly greetAfter?: number;
  /** Instead of the answer to EHLO and HELO. */
  readonly ehlo?: string;
  readonly mail?: string;
  readonly rcpt?: string;
  readonly data?: string;
  /** The go-ahead to the first message waits for it. */
  readonly firstData?: Promise<void>;
  /** Closes the connection right after its go-ahead to DATA. @default false */
  readonly dropAfterGoAhead?: boolean;
  /** Answers with this, once, in the middle of the message. */
  readonly midMessage?: string;
  /** What ends its lines. @default "\r\n" */
  readonly lineEnd?: string;
  /** Writes every byte by itself. @default false */
  readonly bytewise?: boolean;
  /** How many connections may be open at once; others are answered with `surplus`. @default no limit */
  readonly mostConnections?: number;
  /** @default "421 4.7.0 too many connections" */
  readonly surplus?: string;
  /** After so many bytes of the message; for messages larger than what the machine's buffers take. */
  readonly dropAfterBytes?: number;
  /** Reads no further after so many bytes of the message. */
  readonly stallAfterBytes?: number;
  /** Answers 421 at MAIL and closes once a connection has brought so many messages. */
  readonly messagesPerConnection?: number;
  /** Instead of the answer to the final dot. */
  readonly dot?: string;
  /** What it makes of commands that come together with a message, before that is answered. */
  readonly together?: Together;
  /** Close the connection this long after a message was taken, as servers do with idle clients, in ms. */
  readonly closeIdleAfter?: number;
}

/**
 * `eaten`: they are thrown away. `early`: they are answered before the message. `merged`: the message and the first of them get one answer.
 * `closed`: the connection closes after the answer to the message; `closed-unanswered`: before it.
 * `nested`: the server believes to be in the mail before still: 503 to MAIL, and yes to what follows.
 */
export type Together = "eaten" | "early" | "merged" | "closed" | "closed-unanswered" | "nested";

export interface ScriptedSmtp {
  readonly url: string;
  /** How many messages were taken. */
  readonly taken: () => number;
  /** What was taken, in order. */
  readonly messages: readonly string[];
  /** How often commands came together with a message. */
  readonly chained: () => number;
  readonly connections: () => number;
  /** The first word of every command, of all connections, as they came. */
  readonly verbs: readonly string[];
  /** Whether it has stopped reading. */
  readonly stalled: () => boolean;
  close(): Promise<void>;
}

/** An SMTP server that does what a script says, where a well-behaved one cannot be made to. */
export async function startScriptedSmtp(script: SmtpScript): Promise<ScriptedSmtp> {
  const conversations = new Set<Conversation>();
  const seen: Seen = { messages: [], chained: 0, verbs: [], stalled: false };
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    const { mostConnections = Number.POSITIVE_INFINITY, surplus = "421 4.7.0 too many connections" } = script;
    const isSurplus = conversations.size >= mostConnections;
    const own = isSurplus ? { ...script, greeting: surplus } : script;
    const conversation = new Conversation(socket, own, seen);
    if (isSurplus) return;
    conversations.add(conversation);
    socket.on("close", () => conversations.delete(conversation));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}?starttls=never`,
    taken: () => seen.messages.length,
    messages: seen.messages,
    chained: () => seen.chained,
    connections: () => connections,
    verbs: seen.verbs,
    stalled: () => seen.stalled,
    close: async () => {
      for (const conversation of conversations) conversation.end();
      server.close();
      await once(server, "close");
    },
  };
}

interface Seen {
  chained: number;
  readonly messages: string[];
  stalled: boolean;
  readonly verbs: string[];
}

const END = Buffer.from("\r\n.\r\n");
const LONE_DOT = Buffer.from(".\r\n");
const TAKEN = "250 2.0.0 taken";
const NESTED = "503 5.5.1 nested MAIL command";

class Conversation {
  readonly #socket: Socket;
  readonly #script: SmtpScript;
  readonly #seen: Seen;
  readonly #greeting: NodeJS.Timeout;
  #takenHere = 0;
  /** What has come of the message so far; undefined between messages. */
  #message: Buffer | undefined;
  #pending = "";
  /** What the commands that came together with the last message are answered, where that is not what others are. */
  #isNested = false;
  /** The answer to the message waits for those commands. */
  #late: string | undefined;

  constructor(socket: Socket, script: SmtpScript, seen: Seen) {
    this.#socket = socket;
    this.#script = script;
    this.#seen = seen;
    const { greeting = "220 scripted ESMTP", greetAfter = 0 } = script;
    this.#greeting = setTimeout(() => this.#answer(greeting), greetAfter);
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => this.#read(chunk));
  }

  end(): void {
    clearTimeout(this.#greeting);
    this.#socket.destroy();
  }

  #answer(reply: string): void {
    if (reply === "drop") this.#socket.destroy();
    else if (reply !== "silent") this.#write(reply);
  }

  #write(reply: string): void {
    const { lineEnd = "\r\n", bytewise = false } = this.#script;
    const bytes = Buffer.from(`${reply}\r\n`.replaceAll("\r\n", lineEnd));
    this.#socket.setNoDelay();
    if (bytewise) for (const byte of bytes) this.#socket.write(Buffer.from([byte]));
    else this.#socket.write(bytes);
  }

  #read(chunk: Buffer): void {
    if (this.#message !== undefined) this.#take(chunk);
    else this.#obey(chunk);
  }

  #obey(chunk: Buffer): void {
    this.#pending += chunk.toString("latin1");
    while (this.#message === undefined && this.#pending.includes("\r\n")) {
      const end = this.#pending.indexOf("\r\n");
      const line = this.#pending.slice(0, end);
      this.#pending = this.#pending.slice(end + 2);
      this.#command(line.split(/[ :]/, 1)[0]?.toUpperCase() ?? "");
    }
  }

  #command(verb: string): void {
    const { ehlo, rcpt, data, messagesPerConnection: most } = this.#script;
    const mail = this.#isNested ? NESTED : this.#script.mail;
    this.#seen.verbs.push(verb);
    if (verb === "MAIL" && this.#takenHere === most)
      this.#socket.end("421 4.7.0 too many messages on this connection\r\n");
    else if (verb === "DATA") void this.#data(data);
    else if (verb === "QUIT") this.#socket.end("221 bye\r\n");
    else this.#answer({ EHLO: ehlo, HELO: ehlo, MAIL: mail, RCPT: rcpt }[verb] ?? "250 ok");
  }

  async #data(refusal: string | undefined): Promise<void> {
    const isFirst = this.#seen.verbs.filter((verb) => verb === "DATA").length === 1;
    if (refusal === undefined) this.#message = Buffer.alloc(0);
    if (isFirst) await this.#script.firstData;
    this.#answer(refusal ?? "354 go on");
    if (this.#late !== undefined) this.#answer(this.#late);
    this.#late = undefined;
    if (this.#script.dropAfterGoAhead) this.#socket.end();
  }

  #take(chunk: Buffer): void {
    const { dropAfterBytes = Infinity, stallAfterBytes = Infinity, midMessage } = this.#script;
    if (midMessage !== undefined && this.#message?.length === 0) this.#answer(midMessage);
    this.#message = Buffer.concat([this.#message ?? Buffer.alloc(0), chunk]);
    const { length } = this.#message;
    if (length > dropAfterBytes) this.#answer("drop");
    else if (length > stallAfterBytes) this.#stall();
    else if (this.#message.equals(LONE_DOT)) this.#end("554 5.5.1 no valid recipients");
    else this.#endWithin(this.#message);
  }

  #endWithin(message: Buffer): void {
    const end = message.indexOf(END);
    if (end < 0) return;
    const [{ dot }, rest] = [this.#script, message.subarray(end + END.length)];
    if (rest.length === 0) this.#end(dot, message);
    else this.#endTogether(message.subarray(0, end + END.length), rest);
  }

  #endTogether(message: Buffer, rest: Buffer): void {
    const { together, dot = TAKEN } = this.#script;
    this.#seen.chained += 1;
    if (together === "closed-unanswered") {
      this.#seen.messages.push(message.toString());
      this.#socket.destroy();
      return;
    }
    if (together === "early") {
      this.#late = dot;
      this.#end("silent", message);
    } else this.#end(dot, message);
    if (together === "closed") this.#socket.end();
    this.#isNested = together === "nested";
    if (together === "merged") this.#obey(rest.subarray(rest.indexOf("\r\n") + 2));
    else if (together !== "eaten" && together !== "closed") this.#obey(rest);
    this.#isNested = false;
  }

  #end(dot = TAKEN, message?: Buffer): void {
    const { closeIdleAfter } = this.#script;
    this.#message = undefined;
    if (message && (dot === "silent" ? this.#late : dot)?.startsWith("250")) this.#countTaken(message);
    this.#answer(dot);
    if (closeIdleAfter !== undefined) setTimeout(() => this.#socket.end(), closeIdleAfter);
  }

  #stall(): void {
    this.#socket.pause();
    this.#seen.stalled = true;
  }

  #countTaken(message: Buffer): void {
    this.#seen.messages.push(message.toString());
    this.#takenHere += 1;
  }
}
