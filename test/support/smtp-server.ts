import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface Reply {
  readonly code: number;
  readonly message: string;
}

export interface ReceivedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly raw: Buffer;
}

type Verdict = Reply | undefined;

export interface SmtpServerOptions {
  /** Refuses the sender with what it gives back. */
  readonly onMail?: (address: string) => Verdict;
  /** Closes the connection at MAIL, without a word. */
  readonly dropAtMail?: () => boolean;
  /** Refuses a recipient. */
  readonly onRcpt?: (address: string) => Verdict;
  /** Refuses the message after its final dot. */
  readonly onData?: (mail: ReceivedMail) => Verdict;
  /** How long the server takes over each message, in ms. @default 0 */
  readonly delayMs?: number;
  /**
   * Takes so many messages, and answers no other one before `release()`: what a test does then is done in the middle of the sending,
   * however fast or busy the machine is. @default all of them
   */
  readonly holdsAfter?: number;
  /** More for smtp-server itself: TLS, login, hidden extensions. */
  readonly server?: SMTPServerOptions;
  /** @default a free one */
  readonly port?: number;
}

export interface SmtpServer {
  readonly url: string;
  readonly port: number;
  /** What it has taken, in order. */
  readonly messages: readonly ReceivedMail[];
  close(): Promise<void>;
  /** How many there are now. */
  readonly connections: () => number;
  /** Goes on with the messages that it holds, and takes so many more after them. @param count all others unless given */
  release(count?: number): void;
  /** How many messages it holds, which it has not answered. */
  readonly held: () => number;
  /** Breaks all connections, and goes on. */
  hangUp(): void;
  /** Ends as a process that is killed: nobody is told, and all connections break. */
  kill(): Promise<void>;
  /** After `close()` or `kill()`: the same server on the same port, with the messages it had. It ends with this one's `close()`. */
  restart(): Promise<SmtpServer>;
}

/** A real SMTP server on this machine that a test can tell what to refuse. */
export async function startSmtpServer(options: SmtpServerOptions = {}): Promise<SmtpServer> {
  const messages: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const lock = new Lock(options.holdsAfter);
  const open = async (port: number) => {
    const listening = await listen(options, { messages, lock }, port);
    listening.server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    return listening;
  };
  let server = await open(options.port ?? 0);
  const { port } = server.server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const handle: SmtpServer = {
    url: `smtp://127.0.0.1:${port}`,
    port,
    messages,
    close,
    connections: () => sockets.size,
    release: (count) => lock.release(count),
    held: () => lock.held,
    hangUp,
    kill: async () => {
      const closed = close();
      hangUp();
      await closed;
    },
    restart: async () => {
      server = await open(port);
      return handle;
    },
  };
  return handle;
}

/** Lets so many pass, and keeps the others until it is opened. */
class Lock {
  #left: number;
  #waiting: (() => void)[] = [];

  constructor(count = Number.POSITIVE_INFINITY) {
    this.#left = count;
  }

  get held(): number {
    return this.#waiting.length;
  }

  pass(): Promise<void> | undefined {
    if (this.#left <= 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#left -= 1;
    return undefined;
  }

  release(count = Number.POSITIVE_INFINITY): void {
    this.#left = count;
    for (const goOn of this.#waiting.splice(0)) goOn();
  }
}

interface Taking {
  readonly messages: ReceivedMail[];
  readonly lock: Lock;
}

async function listen(
  options: SmtpServerOptions,
  { messages, lock }: Taking,
  port: number,
): Promise<SMTPServer> {
  const { onMail, dropAtMail, onRcpt, onData, delayMs = 0 } = options;
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    closeTimeout: 100,
    onMailFrom: ({ address }, { id }, done) => {
      if (dropAtMail?.()) drop(server, id);
      else done(errorOf(onMail?.(address)));
    },
    onRcptTo: ({ address }, _session, done) => done(errorOf(onRcpt?.(address))),
    onData: (stream, { envelope }, done) => {
      buffer(stream).then(async (raw) => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        const mail = { envelope: { from, to: envelope.rcptTo.map(({ address }) => address) }, raw };
        await lock.pass();
        if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
        const refusal = errorOf(onData?.(mail));
        if (!refusal) messages.push(mail);
        done(refusal);
      }, done);
    },
    ...options.server,
  });
  // A client that breaks off is an everyday thing.
  server.on("error", () => undefined);
  server.listen(port, "127.0.0.1");
  await once(server.server, "listening");
  return server;
}

function drop({ connections }: SMTPServer, id: string): void {
  // The types do not tell that smtp-server's connections hold their sockets.
  const open = [...connections] as unknown as { readonly id: string; readonly _socket: Socket }[];
  open.find((connection) => connection.id === id)?._socket.destroy();
}

/** smtp-server answers with an error's code and message. */
function errorOf(reply: Verdict): (Error & { responseCode: number }) | undefined {
  return reply && Object.assign(new Error(reply.message), { responseCode: reply.code });
}
