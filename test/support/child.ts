import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

export interface Child {
  readonly pid: number;
  /** Everything the process has printed so far. */
  readonly output: () => string;
  /** Log lines as objects. */
  readonly events: () => readonly Record<string, unknown>[];
  /** Sends a signal; resolves when the process has ended. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Resolves to the exit code when the process ends by itself. */
  readonly ended: Promise<number | null>;
}

export type Environment = Record<string, string | undefined>;

const TSX = import.meta.resolve("tsx");

/** Runs a TypeScript file of this project in a process of its own. @param cwd the folder it is started in, if it is another */
export function startScript(
  script: string,
  args: readonly string[],
  env: Environment,
  cwd = process.cwd(),
): Child {
  return start(["--import", TSX, resolve(script), ...args], env, cwd);
}

/** Runs a file that `bundle` made in a process of its own. @param cwd the folder it is started in, if it is another */
export function startBundled(
  script: string,
  args: readonly string[],
  env: Environment,
  cwd = process.cwd(),
): Child {
  return start(["--enable-source-maps", script, ...args], env, cwd);
}

function start(args: readonly string[], env: Environment, cwd: string): Child {
  const child = spawn(process.execPath, args, {
    cwd,
    env: cleaned({ ...process.env, ...env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  return watched(child);
}

function cleaned(env: Environment): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

function watched(child: ChildProcess): Child {
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    events: () => output.split("\n").flatMap(parseLine),
    signal: (signal) => void child.kill(signal),
    end: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

function parseLine(line: string): readonly Record<string, unknown>[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}
