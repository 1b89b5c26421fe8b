import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorMessage } from "../errors/error-message.ts";
import { ConfigurationError } from "../errors/errors.ts";

/** How a process stands, for those who watch over it. */
export interface Health {
  /** False when it does not come to itself any more, and a restart would help. */
  readonly isAlive: boolean;
  /** Whether it takes up work. */
  readonly isReady: boolean;
  /** What people want to know, as JSON. */
  readonly details: object;
}

export interface HealthServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Defaults to all interfaces: probes come from elsewhere. */
  readonly host?: string | undefined;
  /** What `/metrics` answers, and its content type; without it there is no such path. */
  readonly metrics?: () => Promise<{ readonly type: string; readonly text: string }>;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Answers `GET /healthz` (alive?) and `GET /readyz` (takes up work?) with 200 or 503 and a few words of JSON, and
 * `GET /metrics` where there are some.
 * @throws ConfigurationError when the port cannot be had
 */
export async function startHealthServer(
  health: () => Health,
  { port, host, metrics }: HealthServerOptions,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    if (metrics && request.method === "GET" && request.url?.split("?")[0] === "/metrics")
      return answerMetrics(response, metrics);
    const { code, body } = replyTo(request, health);
    response
      .writeHead(code, {
        "content-type": "application/json",
        "cache-control": "no-store",
        connection: "close",
      })
      .end(`${JSON.stringify(body)}\n`);
  });
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const reason = errorMessage(error);
    throw new ConfigurationError([`the health port cannot be had: ${reason}; choose another`], {
      cause: error,
    });
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answerMetrics(response: ServerResponse, metrics: NonNullable<HealthServerOptions["metrics"]>): void {
  metrics().then(
    ({ type, text }) => response.writeHead(200, { "content-type": type, connection: "close" }).end(text),
    (error: unknown) =>
      response.writeHead(500, { "content-type": "text/plain", connection: "close" }).end(errorMessage(error)),
  );
}

function replyTo(
  { method = "", url = "" }: IncomingMessage,
  health: () => Health,
): { readonly code: number; readonly body: object } {
  const [path] = url.split("?");
  if (path !== "/healthz" && path !== "/readyz")
    return { code: 404, body: { error: "there are /healthz and /readyz" } };
  if (method !== "GET" && method !== "HEAD")
    return { code: 405, body: { error: "GET and HEAD are answered" } };
  const { isAlive, isReady, details } = health();
  const isWell = path === "/healthz" ? isAlive : isAlive && isReady;
  return { code: isWell ? 200 : 503, body: { status: isWell ? "ok" : "unavailable", ...details } };
}
