import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface SlowSinkOptions {
  /** How long it takes over each message, in ms. */
  readonly delayMs: number;
  /** Told of each message as soon as all of it is there. */
  readonly onMessage: (recipient: string) => void;
}

const END = "\r\n.\r\n";

/** A mail server that takes its time over each message, announces PIPELINING, and keeps nothing. */
export class SlowSink {
  readonly port: number;
  readonly #close: () => Promise<void>;

  static async start(options: SlowSinkOptions): Promise<SlowSink> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
      new Conversation(socket, options);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new SlowSink((server.address() as AddressInfo).port, async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    });
  }

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.#close = close;
  }

  close(): Promise<void> {
    return this.#close();
  }
}

class Conversation {
  readonly #socket: Socket;
  readonly #options: SlowSinkOptions;
  #pending = "";
  #recipient = "";
  #isMessage = false;
  #isBusy = false;

  constructor(socket: Socket, options: SlowSinkOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setNoDelay().write("220 slow.example ESMTP\r\n");
    socket.on("data", (chunk: Buffer) => {
      this.#pending += chunk.toString("latin1");
      this.#goOn();
    });
  }

  #goOn(): void {
    while (!this.#isBusy) {
      const mark = this.#isMessage ? END : "\r\n";
      const end = this.#pending.indexOf(mark);
      if (end < 0) return;
      const taken = this.#pending.slice(0, end);
      this.#pending = this.#pending.slice(end + mark.length);
      if (this.#isMessage) this.#take();
      else this.#obey(taken);
    }
  }

  #take(): void {
    this.#isMessage = false;
    this.#isBusy = true;
    this.#options.onMessage(this.#recipient);
    setTimeout(() => {
      this.#isBusy = false;
      this.#socket.write("250 2.0.0 taken\r\n");
      this.#goOn();
    }, this.#options.delayMs);
  }

  #obey(line: string): void {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "QUIT") this.#socket.end("221 bye\r\n");
    else if (verb === "EHLO") this.#socket.write("250-slow.example\r\n250 PIPELINING\r\n");
    else if (verb === "DATA") {
      this.#isMessage = true;
      this.#socket.write("354 go on\r\n");
    } else {
      if (verb === "RCPT") this.#recipient = /<(.*)>/.exec(line)?.[1] ?? "";
      this.#socket.write("250 ok\r\n");
    }
  }
}
