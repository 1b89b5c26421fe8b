import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface DelayProxy {
  readonly port: number;
  close(): void;
}

/** Passes bytes on after a delay, in order, in both directions: half the round trip each. */
export async function startDelayProxy(port: number, roundTripMs: number): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    }
    pass(client, upstream, roundTripMs / 2);
    pass(upstream, client, roundTripMs / 2);
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
  from.on("data", (bytes) => setTimeout(() => to.writable && to.write(bytes), delayMs));
  from.on("close", () => setTimeout(() => to.destroy(), delayMs));
}
