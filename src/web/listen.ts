import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { errorMessage } from "../errors/error-message.ts";
import { ConfigurationError } from "../errors/errors.ts";

export interface ListenOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
}

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers HTTP on one interface. @throws ConfigurationError when the port cannot be had */
export async function listen(
  answer: RequestListener,
  { port, host = "127.0.0.1" }: ListenOptions,
): Promise<PageServer> {
  const server = createServer(answer);
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const reason = errorMessage(error);
    throw new ConfigurationError([`the pages' port ${port} cannot be had: ${reason}; choose another`], {
      cause: error,
    });
  }
  const { port: had } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${had}`,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
