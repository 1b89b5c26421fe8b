import type { Terminal } from "./command.ts";

export interface EndOptions {
  /** How long what is open may take to close by itself, in ms. */
  readonly afterMs: number;
  /** Says what kept the process alive; a command that printed its answer needs no such line. */
  readonly tell?: boolean;
}

/** Of our own streams, which keep nothing alive. */
const OWN = /^(?:TTY|Pipe|File|FS|Immediate)/;

/**
 * Ends the process, with the exit code it has, when its work is done and something is still open: a connection pool or an interval of a
 * mailer's file would keep it alive for ever. Does nothing where all is closed by then.
 */
export function endProcess({ out, err }: Terminal, { afterMs, tell = false }: EndOptions): void {
  const end = () => {
    if (isWriting(out) || isWriting(err)) return endProcess({ out, err }, { afterMs, tell });
    if (tell) err.write(`${reason()}\n`);
    process.exit();
  };
  // A timer that keeps nothing alive fires only where something else does.
  setTimeout(end, afterMs).unref();
}

function isWriting(stream: NodeJS.WritableStream): boolean {
  return "writableLength" in stream && Number(stream.writableLength) > 0;
}

function reason(): string {
  const open = [...new Set(process.getActiveResourcesInfo().filter((name) => !OWN.test(name)))];
  return `The worker has stopped, and its process is ended though something of the application is still open (${open.join(", ") || "unknown"}). Close connections and timers when the worker stops: after runWorker() in your worker's file.`;
}
