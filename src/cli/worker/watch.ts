import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { WakeSignal } from "../../queue/worker/timed-waits.ts";
import { watchFolders } from "../../web/dev/watch-folders.ts";
import type { Terminal } from "../command.ts";
import { ownCommand } from "../own-command.ts";
import { PREVIEW } from "../preview/preview-file.ts";

/** What is started anew, and when. */
export interface WatchPlan {
  /** Begins a sentence. */
  readonly what: string;
  readonly folders: readonly string[];
  /** Files whose changes do not count. */
  readonly passesOver?: RegExp;
  /** How long nothing must change until it is started anew, in ms. */
  readonly settleMs: number;
}

const WORKER: WatchPlan = {
  what: "The worker",
  folders: ["mailers", "templates", "workers", "src"],
  passesOver: PREVIEW,
  settleMs: 200,
};
/** Tells the child process that somebody watches already. */
export const WATCHED_VARIABLE = "DELAYED_MAILER_WATCHED";

/** Whether this process is the one that is started anew. What it starts itself is not. */
export function isWatched(env: NodeJS.ProcessEnv = process.env): boolean {
  const isChild = env[WATCHED_VARIABLE] !== undefined;
  delete env[WATCHED_VARIABLE];
  return isChild;
}

/**
 * Runs this very command line in a child process, and starts it anew, after a clean stop, whenever a file in the application's folders
 * changes; a child that ended by itself is started at the next change. Ends at a signal.
 */
export async function watchAndRestart(
  terminal: Terminal,
  { what, folders: wanted, passesOver, settleMs }: WatchPlan = WORKER,
): Promise<number> {
  const changed = new WakeSignal();
  let child: ChildProcess | undefined;
  let stopping = false;
  const folders = wanted.filter((folder) => existsSync(folder));
  const stopWatching = await watchFolders(
    wanted,
    () => {
      changed.ring();
      child?.kill("SIGTERM");
    },
    { passesOver, settleMs },
  );
  const onSignal = () => {
    stopping = true;
    stopWatching();
    changed.ring();
    child?.kill("SIGTERM");
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  for (;;) {
    child = startChild();
    const code = await exitCodeOf(child);
    child = undefined;
    if (stopping) return code;
    terminal.err.write(
      `${what} ended (${code}); it starts again when a file changes in ${folders.join(", ")}.\n`,
    );
    await changed.sleep(Number.POSITIVE_INFINITY);
  }
}

function startChild(): ChildProcess {
  const [file, ...args] = ownCommand();
  return spawn(file, args, { stdio: "inherit", env: { ...process.env, [WATCHED_VARIABLE]: "yes" } });
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}
