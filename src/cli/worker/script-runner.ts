import { readFileSync } from "node:fs";

const LOOK_EVERY_MS = 500;

/** A process between us and the npm that runs our script, and the parent it had when we started. */
interface Link {
  readonly pid: number;
  readonly parent: number;
}

/**
 * Calls `act` when the npm (or pnpm, or yarn) whose script this process is has gone. A signal that is sent to npm reaches its shell at
 * most, so that without this a worker would go on as an orphan. Does nothing where no script was run.
 * @returns stop looking
 */
export function onScriptRunnerGone(act: () => void, env: NodeJS.ProcessEnv = process.env): () => void {
  const script = env.npm_lifecycle_event;
  if (script === undefined || process.platform === "win32") return () => undefined;
  const links = linksToRunner(script);
  const timer = setInterval(() => {
    if (links.every(({ pid, parent }) => parentOf(pid) === parent)) return;
    clearInterval(timer);
    act();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** This process, and each shell or loader above it that npm gave the same script to run. */
function linksToRunner(script: string): readonly Link[] {
  const links: Link[] = [];
  let pid = process.pid;
  for (;;) {
    const parent = parentOf(pid);
    if (parent === undefined || parent <= 1) return links;
    links.push({ pid, parent });
    if (scriptOf(parent) !== script) return links;
    pid = parent;
  }
}

/** Other processes' parents are known where there is /proc; elsewhere our own parent has to do. */
function parentOf(pid: number): number | undefined {
  if (pid === process.pid) return process.ppid;
  const [, , fields = ""] = /^(.*)\) (.*)$/s.exec(procFile(pid, "stat")) ?? [];
  const parent = Number(fields.split(" ")[1]);
  return Number.isInteger(parent) ? parent : undefined;
}

function scriptOf(pid: number): string | undefined {
  const PREFIX = "npm_lifecycle_event=";
  const entry = procFile(pid, "environ")
    .split("\0")
    .find((each) => each.startsWith(PREFIX));
  return entry?.slice(PREFIX.length);
}

function procFile(pid: number, name: "stat" | "environ"): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "latin1");
  } catch {
    return "";
  }
}
