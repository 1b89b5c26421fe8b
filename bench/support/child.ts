import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { MARK } from "./lines.ts";

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const ERRORS_KEPT = 2_000;
const CLOSE_MS = 3_000;

/** A process that answers lines; emits "event" for what it says beside its answers. */
export class Child extends EventEmitter<{ event: [Readonly<Record<string, unknown>>] }> {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #pending: Pending[] = [];
  #errors = "";

  /** Resolves when the process is ready. @throws Error with what it wrote when it ends before */
  static async start(name: string, launch: Launch): Promise<Child> {
    const child = new Child(name, launch);
    await child.#answer();
    return child;
  }

  private constructor(name: string, { command, args, env }: Launch) {
    super();
    this.#name = name;
    this.#process = spawn(command, args, { stdio: "pipe", env: { ...process.env, ...env } });
    this.#process.stderr?.on("data", (text) => {
      this.#errors = `${this.#errors}${text}`.slice(-ERRORS_KEPT);
    });
    this.#process.stdin?.on("error", () => undefined);
    this.#process.on("exit", () => this.#fail());
    const { stdout: output } = this.#process;
    if (output) createInterface({ input: output }).on("line", (line) => this.#hear(line));
  }

  /** @throws Error with what the process wrote when it ends instead of answering */
  ask<T>(line: object): Promise<T> {
    this.#process.stdin?.write(`${JSON.stringify(line)}\n`);
    return this.#answer() as Promise<T>;
  }

  /** Ends the process by the end of its input, so that it can write its profile; kills it when it takes long. */
  async close(): Promise<void> {
    if (this.#hasEnded) return;
    const exit = once(this.#process, "exit");
    this.#process.stdin?.end();
    const late = setTimeout(() => this.#process.kill("SIGKILL"), CLOSE_MS);
    await exit;
    clearTimeout(late);
  }

  async kill(): Promise<void> {
    if (this.#hasEnded) return;
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exit;
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      if (this.#hasEnded) this.#fail();
    });
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #hear(line: string): void {
    if (!line.startsWith(MARK)) return;
    const event = JSON.parse(line.slice(MARK.length)) as Readonly<Record<string, unknown>>;
    if ("answer" in event) this.#pending.shift()?.resolve(event.answer);
    else this.emit("event", event);
  }

  #fail(): void {
    const text = this.#errors.trim().split("\n").slice(0, 8).join(" | ");
    for (const { reject } of this.#pending.splice(0)) reject(new Error(`${this.#name} ended: ${text}`));
  }
}
