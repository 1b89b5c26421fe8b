import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Events } from "../events.ts";

/** Keeps a file `<name>.pid` for a process while it runs, as daemons do. @returns remove it */
export function writePidFile(folder: string, name: string, pid: number): () => void {
  const path = join(folder, `${name}.pid`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${pid}\n`);
  return () => rmSync(path, { force: true });
}

/** Does so for the processes of a supervisor. */
export function keepPidFiles(events: Events, folder: string): void {
  const removals = new Map<string, () => void>();
  events.on("process.started", ({ process, pid }) => {
    removals.set(process, writePidFile(folder, process, pid));
  });
  events.on("process.ended", ({ process }) => removals.get(process)?.());
}
