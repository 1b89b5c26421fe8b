import type { Events } from "../../events.ts";
import type { Worker } from "../../queue/worker/worker.ts";
import { EXIT, type Terminal } from "../command.ts";

export interface BrokenActionOptions {
  readonly worker: Worker;
  readonly events: Events;
  readonly terminal: Terminal;
}

export interface BrokenActions {
  /** Whether something was thrown that nobody caught. */
  readonly hasThrown: boolean;
  /** The work is over: nothing more is listened for. */
  end(): void;
}

/**
 * What an action does to its whole process costs its jobs as little as can be. An error that nobody catches, in a promise or a callback,
 * stops the worker in peace: nobody knows what state it left. `process.exit()` ends it with code 1, so that its supervisor starts it
 * again, and what was not begun is handed back where the store can still be written.
 */
export function onBrokenActions({ worker, events, terminal }: BrokenActionOptions): BrokenActions {
  let hasThrown = false;
  const onError = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin | Promise<unknown>) => {
    hasThrown = true;
    const what =
      origin === "uncaughtException" ? "an error was thrown in a callback" : "a promise was rejected";
    const during = `${performing(worker)}: ${what}, and nobody catches it; the worker stops`;
    events.emit("worker.error", { worker: worker.id, during, error });
    worker.stop();
  };
  const onExit = (code: number) => {
    const jobs = performing(worker);
    worker.leave();
    process.exitCode = code === EXIT.ok ? EXIT.failed : code;
    terminal.err.write(
      `process.exit(${code}) was called while this worker was ${jobs}. An action must return or throw; other code must not end the process either. What ran is performed again by another worker.\n`,
    );
  };
  process.on("unhandledRejection", onError).on("uncaughtException", onError).on("exit", onExit);
  return {
    get hasThrown() {
      return hasThrown;
    },
    end: () =>
      process.off("unhandledRejection", onError).off("uncaughtException", onError).off("exit", onExit),
  };
}

function performing({ performed }: Worker): string {
  return performed.length === 0 ? "idle" : `performing ${performed.join(", ")}`;
}
