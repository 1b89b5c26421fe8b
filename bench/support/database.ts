import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseUri, startMongoServer } from "../../test/support/mongo-server.ts";
import { startDelayProxy } from "./delay-proxy.ts";

export interface BenchServer {
  /** The URI of a new, empty database. */
  readonly uri: () => string;
  /** What it is, for the head of a result. */
  readonly name: string;
  close(): Promise<void>;
}

/** The MongoDB server the tests use too, behind a delay if one is wanted. */
export async function startBenchServer(roundTripMs = 0): Promise<BenchServer> {
  const server = await startMongoServer();
  const url = new URL(server.uri);
  const proxy = roundTripMs > 0 ? await startDelayProxy(Number(url.port), roundTripMs) : undefined;
  if (proxy) {
    url.port = String(proxy.port);
    // A replica set would tell the driver the address behind the proxy.
    url.searchParams.set("directConnection", "true");
  }
  const latency = roundTripMs > 0 ? `, ${roundTripMs} ms added to each round trip` : "";
  return {
    uri: () => databaseUri(url.href, `bench_${randomUUID().slice(0, 8)}`),
    name: `${process.env.MONGODB_URI ? "the server at MONGODB_URI" : "a local MongoDB-protocol server"}${latency}`,
    close: async () => {
      proxy?.close();
      await server.close();
    },
  };
}

/** Paths of new SQLite files. */
export function sqliteFiles(): { readonly path: () => string; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-bench-"));
  return {
    path: () => join(folder, `${randomUUID()}.sqlite`),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
