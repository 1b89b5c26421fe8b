import { once } from "node:events";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import { type RowKind, rowKindOf } from "../newsletters/issue.ts";
import type { Random } from "../random.ts";
import { CALM, type Temper } from "./temper.ts";

/** A mail that was taken. */
export interface TakenMail {
  readonly recipient: string;
  readonly messageId: string;
  readonly subject: string;
  /** The process that brought it, as it said at EHLO. */
  readonly client: number;
  /** Taken, and the line was dropped instead of an answer, or was gone by then. */
  readonly isDropped: boolean;
}

export interface MailServerOptions {
  readonly port: number;
  readonly temper: Temper;
  readonly random: Random;
  /** Called before the client is told. */
  readonly onTaken: (mail: TakenMail) => void;
}

type Answer = (error?: Error | null) => void;

/** A real SMTP server that treats its clients as its temper is. */
export class MailServer {
  readonly #options: MailServerOptions;
  readonly #server: SMTPServer;
  /** By the client's port, which its session knows too. */
  readonly #sockets = new Map<number, Socket>();
  readonly #mails = new Map<number, number>();
  /** Whom it told to come again. */
  readonly #greylisted = new Set<string>();
  #temper: Temper;
  #sitting = 0;

  constructor(options: MailServerOptions) {
    this.#options = options;
    this.#temper = options.temper;
    this.#server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      disableReverseLookup: true,
      onConnect: (_session, answer) => answer(this.#refusalOfConnection()),
      onMailFrom: (_sender, session, answer) => this.#mailFrom(session, answer),
      onRcptTo: ({ address }, _session, answer) => answer(this.#refusalOf(address)),
      onData: (stream, session, answer) => {
        buffer(stream).then((raw) => this.#take(raw, session, answer), answer);
      },
    });
    // A client that breaks off is an everyday thing.
    this.#server.on("error", () => undefined);
    this.#server.server.on("connection", (socket) => this.#keep(socket));
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#options.port, "127.0.0.1");
    await once(this.#server.server, "listening");
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** Mails that it has and has not taken yet, because it is slow. */
  get sitting(): number {
    return this.#sitting;
  }

  /** Breaks all connections. */
  hangUp(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  /** From now on it takes everything there is to take. */
  calmDown(): void {
    this.#temper = CALM;
  }

  #keep(socket: Socket): void {
    const { remotePort = 0 } = socket;
    this.#sockets.set(remotePort, socket);
    socket.once("close", () => {
      this.#sockets.delete(remotePort);
      this.#mails.delete(remotePort);
    });
  }

  #refusalOfConnection(): Error | undefined {
    return this.#sockets.size > this.#temper.connections
      ? reply(421, "4.7.0 Too many connections, come again later")
      : undefined;
  }

  #mailFrom({ remotePort }: SMTPServerSession, answer: Answer): void {
    const mails = (this.#mails.get(remotePort) ?? 0) + 1;
    this.#mails.set(remotePort, mails);
    const isTooMuch = mails > this.#temper.mailsPerConnection;
    // smtp-server closes a connection that is answered 421.
    answer(isTooMuch ? reply(421, "4.7.0 Too many messages on this connection") : undefined);
  }

  #refusalOf(address: string): Error | undefined {
    const kind: RowKind | undefined = rowKindOf(address);
    if (kind === "refused") return reply(550, "5.1.1 No such user");
    const isNew = kind === "greylisted" && !this.#greylisted.has(address);
    if (isNew) this.#greylisted.add(address);
    return isNew || this.#options.random.chance(this.#temper.deferred)
      ? reply(451, "4.3.0 Come again later")
      : undefined;
  }

  #take(raw: Buffer, session: SMTPServerSession, answer: Answer): void {
    const { random, onTaken } = this.#options;
    const toBeDropped = random.chance(this.#temper.dropped);
    this.#sitting += 1;
    const done = () => {
      this.#sitting -= 1;
      const isDropped = toBeDropped || this.#isGone(session);
      if (!toBeDropped || random.chance(0.5)) onTaken({ ...contentOf(raw, session), isDropped });
      if (isDropped) this.#sockets.get(session.remotePort)?.destroy();
      else answer();
    };
    if (this.#temper.delayMs > 0) setTimeout(done, this.#temper.delayMs);
    else done();
  }

  /** Whether nobody can be answered any more. */
  #isGone({ remotePort }: SMTPServerSession): boolean {
    return this.#sockets.get(remotePort)?.destroyed ?? true;
  }
}

function contentOf(raw: Buffer, session: SMTPServerSession): Omit<TakenMail, "isDropped"> {
  const text = raw.toString();
  const header = (name: string) => new RegExp(`^${name}: (.*)\\r$`, "im").exec(text)?.[1] ?? "";
  const [recipient] = session.envelope.rcptTo;
  return {
    recipient: recipient?.address ?? "",
    messageId: header("Message-ID"),
    subject: header("Subject"),
    client: Number(/^pid-(\d+)$/.exec(session.hostNameAppearsAs)?.[1] ?? 0),
  };
}

/** smtp-server answers with an error's code and message. */
function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
