import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface WireWatch {
  readonly port: number;
  /** How often an envelope came in one write with the end of a message. */
  readonly chained: () => number;
  close(): Promise<void>;
}

const CHAINED = /\r\n\.\r\nMAIL FROM/g;

/** Passes connections on to a mail server of this machine, and counts what leaves together. */
export async function watchWire(to: number): Promise<WireWatch> {
  const sockets = new Set<Socket>();
  let chained = 0;
  const server = createServer((socket) => {
    const onward = connect(to, "127.0.0.1");
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on("error", () => undefined).on("close", () => void sockets.delete(each));
    }
    socket.on("data", (chunk: Buffer) => {
      chained += chunk.toString("latin1").match(CHAINED)?.length ?? 0;
    });
    socket.pipe(onward).pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    chained: () => chained,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
