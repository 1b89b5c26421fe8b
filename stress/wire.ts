import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

interface Connection {
  readonly client: Socket;
  readonly upstream: Socket;
  /** As a router forgets a connection: nothing goes through any more, and nobody is told. */
  isForgotten: boolean;
}

/** A wire between the processes and their database, with somebody who does things to it. */
export class Wire {
  readonly #upstreamPort: number;
  readonly #connections = new Set<Connection>();
  readonly #server: Server;
  #delayMs = 0;
  #isRefusing = false;
  #losesAnswers = false;
  #losesFrom: string | undefined;
  #stall: Promise<void> = Promise.resolve();
  #endStall: () => void = () => undefined;

  static async start(upstreamPort: number): Promise<Wire> {
    const wire = new Wire(upstreamPort);
    wire.#server.listen(0, "127.0.0.1");
    await once(wire.#server, "listening");
    return wire;
  }

  private constructor(upstreamPort: number) {
    this.#upstreamPort = upstreamPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** A database's URI, by way of this wire. */
  through(uri: string): string {
    const wired = new URL(uri);
    wired.port = String(this.port);
    // Else the driver would ask the server for its address, and go around the wire.
    wired.searchParams.set("directConnection", "true");
    return wired.href;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Whether a request was let through whose answer is not. */
  get isLosingAnswers(): boolean {
    return this.#losesAnswers;
  }

  /** Breaks all connections. */
  cut(): void {
    for (const { client, upstream } of this.#connections) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** From now on, how long everything takes in each direction. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** New connections are broken too, or no longer. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
    if (isRefusing) this.cut();
  }

  /**
   * Everything gets there and is done, and nobody hears of it.
   * @param from begins with the first request that has this text in it
   */
  loseAnswers(from = ""): void {
    this.#losesFrom = from;
    this.#losesAnswers = from === "";
  }

  /** Answers are heard again; those that were lost stay so. */
  hearAnswers(): void {
    this.#losesFrom = undefined;
    this.#losesAnswers = false;
  }

  /** Nothing gets through, in either direction, until `resume`; then all of it. */
  stall(): void {
    this.#stall = new Promise((resolve) => {
      this.#endStall = resolve;
    });
  }

  resume(): void {
    this.#endStall();
  }

  /** The connections there are lead nowhere any more; new ones are as good as ever. */
  forget(): void {
    for (const connection of this.#connections) connection.isForgotten = true;
  }

  async close(): Promise<void> {
    this.resume();
    this.#server.close();
    this.cut();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(this.#upstreamPort, "127.0.0.1");
    const connection = { client, upstream, isForgotten: false };
    this.#connections.add(connection);
    for (const socket of [client, upstream]) socket.setNoDelay().on("error", () => undefined);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => {
      client.destroy();
      this.#connections.delete(connection);
    });
    this.#pass(connection, client, upstream);
    this.#pass(connection, upstream, client);
  }

  /** In order, whatever happens on the way. */
  #pass(connection: Connection, from: Socket, to: Socket): void {
    let passing: Promise<void> = Promise.resolve();
    from.on("data", (bytes) => {
      const due = performance.now() + this.#delayMs;
      passing = passing.then(async () => {
        const early = due - performance.now();
        if (early > 0) await sleep(early);
        await this.#stall;
        if (this.#losesFrom !== undefined) this.#losesAnswers ||= bytes.includes(this.#losesFrom);
        const isLost = connection.isForgotten || (this.#losesAnswers && from === connection.upstream);
        if (!isLost && to.writable) to.write(bytes);
      });
    });
  }
}
