import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface DelayProxy {
  readonly port: number;
  close(): void;
}

/** Passes bytes on, answers after a delay: timers have milliseconds, so half of one for each direction cannot be had. */
export async function startDelayProxy(port: number, roundTripMs: number): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    }
    pass(client, upstream, 0);
    pass(upstream, client, roundTripMs);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function pass(from: Socket, to: Socket, delayMs: number): void {
  const write = (bytes: Buffer) => to.writable && to.write(bytes);
  from.on("data", (bytes) => (delayMs > 0 ? setTimeout(write, delayMs, bytes) : write(bytes)));
  from.on("close", () => setTimeout(() => to.destroy(), delayMs));
}
