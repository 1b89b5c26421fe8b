import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { WorkerStatus } from "../queue/worker/worker.ts";
import { fromProcess, PROCESS_VARIABLE, type ToProcess } from "./process-link.ts";
import type { ProcessPlan } from "./process-plan.ts";

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Undefined when the process could not even be started. */
  readonly ranMs: number;
}

export interface WorkerProcessOptions {
  readonly plan: ProcessPlan;
  /** What to run, as `spawn` takes it. */
  readonly command: readonly [file: string, ...args: string[]];
  readonly onStatus: (status: WorkerStatus) => void;
  readonly onEnd: (end: ProcessEnd) => void;
}

/** One running worker process. It is in a group of its own, so that a terminal's Ctrl-C reaches only the supervisor. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #status: WorkerStatus | undefined;
  #heardAt: number;

  constructor({ plan, command: [file, ...args], onStatus, onEnd }: WorkerProcessOptions) {
    const startedAt = performance.now();
    this.#heardAt = startedAt;
    this.#child = spawn(file, args, spawnOptions(plan));
    this.#child.on("message", (message) => {
      // The application may use the channel, too: other process managers wait for process.send("ready").
      const told = fromProcess.safeParse(message);
      if (!told.success) return;
      this.#status = told.data.status;
      this.#heardAt = performance.now();
      onStatus(told.data.status);
    });
    const end = (code: number | null, signal: NodeJS.Signals | null) =>
      onEnd({ code, signal, ranMs: performance.now() - startedAt });
    this.#child.once("exit", end);
    // There is no program of that name, or no process to be had.
    this.#child.once("error", () => this.#child.pid === undefined && end(null, null));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What its worker said last; undefined until it has started. */
  get status(): WorkerStatus | undefined {
    return this.#status;
  }

  /** How long it said nothing, in ms. */
  get silentMs(): number {
    return performance.now() - this.#heardAt;
  }

  tell(message: ToProcess): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

function spawnOptions(plan: ProcessPlan): SpawnOptions {
  return {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    detached: true,
    env: { ...process.env, [PROCESS_VARIABLE]: JSON.stringify(plan) },
  };
}
