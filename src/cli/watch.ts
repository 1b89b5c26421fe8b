import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { Alarm } from "../queue/alarm.ts";
import type { Terminal } from "./command.ts";

const WATCHED = ["mailers", "templates", "workers", "src"];
const SETTLE_MS = 200;

/**
 * Runs this very command line without `--watch` in a child process, and starts it anew, after a clean stop, whenever a file
 * in the application's folders changes; a child that ended by itself is started at the next change. Ends at a signal.
 */
export async function watchAndRestart(args: readonly string[], terminal: Terminal): Promise<number> {
  const changed = new Alarm();
  let child: ChildProcess | undefined;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  const onChange = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      changed.ring();
      child?.kill("SIGTERM");
    }, SETTLE_MS);
  };
  const folders = WATCHED.filter((folder) => existsSync(folder));
  const watchers = folders.map((folder) => watch(folder, { recursive: true }, onChange));
  const onSignal = () => {
    stopping = true;
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    changed.ring();
    child?.kill("SIGTERM");
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  for (;;) {
    child = startChild(args);
    const code = await exitCodeOf(child);
    child = undefined;
    if (stopping) return code;
    terminal.err.write(
      `The worker ended (${code}); it starts again when a file changes in ${folders.join(", ")}.\n`,
    );
    await changed.sleep(Number.POSITIVE_INFINITY);
  }
}

function startChild(args: readonly string[]): ChildProcess {
  const script = process.argv[1] ?? "";
  return spawn(process.execPath, [...process.execArgv, script, ...args], { stdio: "inherit" });
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
}
