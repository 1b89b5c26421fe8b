import type { LogLevel } from "../config/settings.ts";
import { errorMessage } from "../errors/error-message.ts";
import type { AnyListener, Events } from "../events.ts";

export interface LogOptions {
  /** @default "info" */
  readonly level?: LogLevel;
  /** Lines for people instead of JSON. Defaults to whether the output is a terminal. */
  readonly pretty?: boolean;
  /** Let mail addresses stand in lines. @default false */
  readonly addresses?: boolean;
  /** @default process.stdout */
  readonly output?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Writes one line per event; of those that are alike while a mail server is down, one a minute says how many. Arguments never appear in
 * it, and addresses only where asked for. The first events wait until the code that writes lines is loaded, because programs that write
 * no log import this file too.
 * @returns stop
 */
export function logEvents(events: Events, options: LogOptions = {}): () => void {
  const waiting: Parameters<AnyListener>[] = [];
  let write: AnyListener = (...event) => waiting.push(event);
  void loadLines(options).then(
    (loaded) => {
      for (const event of waiting) loaded(...event);
      write = loaded;
    },
    (error: unknown) => {
      waiting.length = 0;
      write = () => undefined;
      process.stderr.write(`No log is written: ${errorMessage(error)}\n`);
    },
  );
  return events.onAny((...event) => write(...event));
}

/** The same, but resolves when that code is loaded: every line is then written at once. */
export async function openLog(events: Events, options: LogOptions = {}): Promise<() => void> {
  return events.onAny(await loadLines(options));
}

async function loadLines(options: LogOptions): Promise<AnyListener> {
  const { logLines } = await import("./log-lines.ts");
  return logLines(options);
}
