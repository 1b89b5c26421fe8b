import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";

/** Names of what pages are told of. */
export type PageEvent = "changed" | "inbox" | "tick";

/** How often a silent connection says something, in ms, so that nothing on its way takes it for dead. */
const HEARTBEAT_MS = 15_000;

/** Tells open pages that something moved; they read themselves anew. */
export class ServerEvents {
  readonly #run = randomUUID();
  #told = 0;
  readonly #listeners = new Set<(event: PageEvent) => void>();
  readonly #closing = new AbortController();

  /** Of what pages show: another run of the process has another one, and so has this one after it told of something. */
  get version(): string {
    return `${this.#run}.${this.#told}`;
  }

  tell(event: PageEvent): void {
    this.#told += 1;
    for (const listener of this.#listeners) listener(event);
  }

  /** Ends all connections. */
  close(): void {
    this.#closing.abort();
  }

  /** @param tickMs how often pages that show what moves by itself are told to look, in ms; never by default */
  respond(context: Context, { tickMs }: { readonly tickMs?: number } = {}): Response {
    return streamSSE(context, async (stream) => {
      await stream.writeSSE({ event: "hello", data: this.version, retry: 300 });
      const ended = new Promise<void>((resolve) => {
        stream.onAbort(resolve);
        this.#closing.signal.addEventListener("abort", () => resolve(), { once: true });
        if (this.#closing.signal.aborted) resolve();
      });
      // What cannot be written any more is a page that was closed: its abort ends this.
      const send = (event: PageEvent | "beat") => void stream.writeSSE({ event, data: "" }).catch(() => {});
      this.#listeners.add(send);
      const heartbeat = setInterval(() => send("beat"), HEARTBEAT_MS);
      const ticking = tickMs === undefined ? undefined : setInterval(() => send("tick"), tickMs);
      await ended;
      clearInterval(heartbeat);
      clearInterval(ticking);
      this.#listeners.delete(send);
    });
  }
}
