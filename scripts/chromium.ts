import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

type Result = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

const HOW_TO_GET_IT =
  "Install Chromium (Debian: apt-get install chromium), or set CHROMIUM to the path of a browser that is built on it.";

/** A headless Chromium, spoken to over its debugging pipe: JSON ended by a zero byte, so no library is needed. */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #input: Writable;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, (params: Result) => void>();
  #lastId = 0;

  constructor(command = "chromium") {
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      "--remote-debugging-pipe",
    ];
    const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"] as const;
    this.#process = spawn(command, [...flags, "--force-color-profile=srgb", "about:blank"], {
      stdio: [...stdio],
    });
    this.#process.on("error", (cause) =>
      this.#fail(new Error(`${command} cannot be started. ${HOW_TO_GET_IT}`, { cause })),
    );
    this.#process.on("exit", () => this.#fail(new Error("Chromium has ended.")));
    this.#input = this.#process.stdio[3] as Writable;
    this.#listen(this.#process.stdio[4] as Readable);
  }

  /** One command of the DevTools protocol. */
  send(method: string, params: object = {}, sessionId?: string): Promise<Result> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** One listener for each event. */
  on(event: string, listener: (params: Result) => void): void {
    this.#listeners.set(event, listener);
  }

  async close(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
  }

  #listen(output: Readable): void {
    let unread = "";
    output.setEncoding("utf8").on("data", (text: string) => {
      const messages = (unread + text).split("\0");
      unread = messages.pop() ?? "";
      for (const message of messages) this.#receive(JSON.parse(message));
    });
  }

  #receive(message: { id?: number; method?: string; params?: Result; result?: Result; error?: Error }): void {
    if (message.method !== undefined) this.#listeners.get(message.method)?.(message.params ?? {});
    const waiting = this.#waiting.get(message.id ?? 0);
    this.#waiting.delete(message.id ?? 0);
    if (message.error) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result ?? {});
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
