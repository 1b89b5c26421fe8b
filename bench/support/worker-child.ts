import { fileURLToPath } from "node:url";
import type { WorkerOptions } from "../../src/queue/worker/worker-options.ts";
import { Child } from "./child.ts";

export interface WorkerChildOptions {
  readonly uri: string;
  readonly options?: WorkerOptions;
  /** How long a job takes, in ms; -1 has a job's first attempt go on for ever. @default 0 */
  readonly jobMs?: number;
}

/** What a worker in a process of its own tells of a job, `at` a time of `sharedClock`. */
export interface Began {
  readonly id: string;
  readonly queue: string;
  readonly attempts: number;
  readonly at: number;
}

const SCRIPT = fileURLToPath(new URL("../children/worker.ts", import.meta.url));

/** Starts a process with one of our workers, which waits for the word "work". */
export function startWorkerChild({ uri, options = {}, jobMs = 0 }: WorkerChildOptions): Promise<Child> {
  const start = JSON.stringify({ uri, options, jobMs });
  const args = ["--import", import.meta.resolve("tsx"), SCRIPT, start];
  return Child.start("worker", { command: process.execPath, args });
}

/** Calls back for each job that the worker begins, or ends. */
export function onJob(child: Child, what: "started" | "done", heard: (began: Began) => void): void {
  child.on("event", ({ [what]: id, queue, attempts, at }) => {
    if (typeof id === "string")
      heard({ id, queue: String(queue), attempts: Number(attempts), at: Number(at) });
  });
}
