import type { Events } from "../events.ts";
import type { WorkerStatus } from "../queue/worker/worker.ts";
import type { ProcessPlan } from "./process-plan.ts";
import { RestartDelay } from "./restart-delay.ts";
import { type ProcessEnd, WorkerProcess } from "./worker-process.ts";

export interface SupervisorOptions {
  readonly plans: readonly ProcessPlan[];
  /** What every process runs, as `spawn` takes it. */
  readonly command: readonly [file: string, ...args: string[]];
  readonly events: Events;
  /** Processes that end well are not started again. @default false */
  readonly exitOnComplete?: boolean;
  /** How long after `stop()` a process that is still there is killed, in ms. @default 60_000 */
  readonly killAfter?: number;
}

/** How one process stands. */
export interface ProcessStatus {
  readonly process: string;
  readonly pid: number | undefined;
  /** Undefined until its worker has started. */
  readonly status: WorkerStatus | undefined;
  /** How long it said nothing, in ms. */
  readonly silentMs: number;
}

interface Slot {
  readonly plan: ProcessPlan;
  readonly delay: RestartDelay;
  process: WorkerProcess | undefined;
  restart: NodeJS.Timeout | undefined;
}

/** The exit code of a process that could not start, because its flags, configuration or store are not usable. */
const COULD_NOT_START = 2;

/** Keeps worker processes running: starts them, and those that end again; passes on that they are to stop. */
export class Supervisor {
  readonly #options: Required<SupervisorOptions>;
  readonly #slots: readonly Slot[];
  /** Workers that went away and whose leases nobody has freed yet. */
  #gone: string[] = [];
  #anyStarted = false;
  #stopping = false;
  #code = 0;
  #end: () => void = () => undefined;
  #kill: NodeJS.Timeout | undefined;

  constructor({ exitOnComplete = false, killAfter = 60_000, ...options }: SupervisorOptions) {
    this.#options = { exitOnComplete, killAfter, ...options };
    this.#slots = options.plans.map((plan) => ({
      plan,
      delay: new RestartDelay(),
      process: undefined,
      restart: undefined,
    }));
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  get statuses(): readonly ProcessStatus[] {
    return this.#slots.map(({ plan, process }) => ({
      process: plan.name,
      pid: process?.pid,
      status: process?.status,
      silentMs: process?.silentMs ?? 0,
    }));
  }

  /** Resolves to the exit code when all processes have ended, after `stop()` or by themselves. */
  async run(): Promise<number> {
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    for (const slot of this.#slots) this.#start(slot);
    await ended;
    clearTimeout(this.#kill);
    return this.#code;
  }

  /** Tells all processes to stop; a second time, to stop at once. */
  stop(): void {
    const { killAfter } = this.#options;
    this.#stopping = true;
    for (const slot of this.#slots) clearTimeout(slot.restart);
    this.#signal("SIGTERM");
    this.#kill ??= setTimeout(() => this.#signal("SIGKILL"), killAfter);
    this.#endIfDone();
  }

  #start(slot: Slot): void {
    const { command, events } = this.#options;
    const { plan } = slot;
    slot.restart = undefined;
    slot.process = new WorkerProcess({
      plan,
      command,
      onStatus: () => this.#onStarted(),
      onEnd: (end) => this.#onEnd(slot, end),
    });
    const { pid } = slot.process;
    if (pid !== undefined) events.emit("process.started", { process: plan.name, pid, queues: plan.queues });
  }

  /** A worker is there that can free what others left behind. */
  #onStarted(): void {
    this.#anyStarted = true;
    this.#tellGone();
  }

  #tellGone(): void {
    const living = this.#slots.find(({ process }) => process?.status?.isStopping === false);
    if (living === undefined) return;
    for (const gone of this.#gone.splice(0)) living.process?.tell({ gone });
  }

  #onEnd(slot: Slot, end: ProcessEnd): void {
    const { events } = this.#options;
    const { pid, status } = slot.process ?? {};
    slot.process = undefined;
    const isOver = this.#isOver(end);
    const restartMs = isOver ? undefined : slot.delay.after(end.ranMs);
    const { code, signal } = end;
    const restart = restartMs === undefined ? {} : { restartMs };
    events.emit("process.ended", { process: slot.plan.name, pid, code, signal, ...restart });
    if (status) this.#gone.push(status.worker);
    this.#tellGone();
    if (restartMs !== undefined) slot.restart = setTimeout(() => this.#start(slot), restartMs);
    else if (!this.#isWell(end)) this.#giveUp(code);
    this.#endIfDone();
  }

  /** Whether the process is not to be started again. */
  #isOver({ code }: ProcessEnd): boolean {
    if (this.#stopping) return true;
    if (code === 0) return this.#options.exitOnComplete;
    return code === COULD_NOT_START && !this.#anyStarted;
  }

  /** A process that was told to stop before it could listen ends by the signal. */
  #isWell({ code, signal }: ProcessEnd): boolean {
    return code === 0 || (this.#stopping && signal === "SIGTERM");
  }

  /** What keeps one process from starting keeps them all. While stopping, a process that did not end well only shows in the code. */
  #giveUp(code: number | null): void {
    this.#code ||= code ?? 1;
    if (!this.#stopping) this.stop();
  }

  #endIfDone(): void {
    const isDone = this.#slots.every(({ process, restart }) => !process && (!restart || this.#stopping));
    if (isDone) this.#end();
  }

  #signal(signal: NodeJS.Signals): void {
    for (const { process } of this.#slots) process?.signal(signal);
  }
}
