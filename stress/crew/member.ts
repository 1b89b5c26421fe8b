import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "../ledger.ts";

export interface Post {
  readonly name: string;
  /** A file of `processes/`. */
  readonly script: "worker" | "producer" | "editor" | "mail-server" | "lock-holder";
  readonly args: readonly string[];
}

export interface MemberOptions {
  /** Where the processes are, bundled. */
  readonly scripts: string;
  readonly ledger: Ledger;
  /** Where the output of each process goes. */
  readonly logs: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told of every process that ended while the run goes on. */
  readonly onGone: (pid: number) => Promise<void>;
}

/** One place, held by one process after another: each that ends is replaced, until the place is given up. */
export class Member {
  readonly post: Post;
  readonly #options: MemberOptions;
  #child: ChildProcess | undefined;
  #generation = 0;
  #isReady = false;
  #isPaused = false;
  #isGivenUp = false;
  #awayMs = 0;
  #life: Promise<void> = Promise.resolve();

  constructor(post: Post, options: MemberOptions) {
    this.post = post;
    this.#options = options;
    this.#life = this.#live();
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Whether there is a process, which has begun its work and goes on with it. */
  get isAtWork(): boolean {
    return this.#isReady && !this.#isPaused;
  }

  /** @param awayMs how long at least until another process takes its place */
  kill(awayMs = 0): void {
    this.#tell("killed");
    this.#isReady = false;
    this.#awayMs = awayMs;
    this.#child?.kill("SIGKILL");
  }

  pause(): void {
    this.#tell("paused");
    this.#isPaused = this.#child?.kill("SIGSTOP") ?? false;
  }

  continue(): void {
    this.#child?.kill("SIGCONT");
    this.#isPaused = false;
    this.#tell("continued");
  }

  /** Asks the process to end; it is replaced like one that was killed. */
  stop(): void {
    this.#tell("stopped");
    this.#isReady = false;
    this.#child?.kill("SIGTERM");
  }

  send(message: string | number): void {
    if (this.#child?.connected) this.#child.send(message, () => undefined);
  }

  /** Resolves when there is a process that has begun its work. */
  async untilAtWork(): Promise<void> {
    while (!this.isAtWork && !this.#isGivenUp) await sleep(50);
  }

  /** Resolves when the process answers, or ends. */
  async answer(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const answered = new AbortController();
    const { signal } = answered;
    await Promise.race([once(child, "message", { signal }), once(child, "exit", { signal })]);
    answered.abort();
  }

  /** Ends the process, and has no other. It is killed when it is still there after `graceMs`. */
  async giveUp(graceMs: number): Promise<void> {
    this.#isGivenUp = true;
    if (this.#isPaused) this.continue();
    if (graceMs > 0) this.#child?.kill("SIGTERM");
    const timer = setTimeout(() => this.#child?.kill("SIGKILL"), graceMs);
    await this.#life;
    clearTimeout(timer);
  }

  async #live(): Promise<void> {
    while (!this.#isGivenUp) {
      const child = this.#spawn();
      const [code, signal] = await once(child, "exit");
      this.#isReady = false;
      this.#isPaused = false;
      const pid = child.pid ?? 0;
      this.#options.ledger.write({ what: "gone", target: pid, code, signal });
      if (this.#isGivenUp) return;
      // The next one does not wait for a store that does not answer.
      void this.#options.onGone(pid);
      await sleep(Math.max(code === 0 || signal ? 200 : 1_000, this.#awayMs));
      this.#awayMs = 0;
    }
  }

  #spawn(): ChildProcess {
    const { script, name, args } = this.post;
    const { scripts, logs, env } = this.#options;
    this.#generation += 1;
    const log = openSync(join(logs, `${name}.log`), "a");
    const path = join(scripts, `${script}.js`);
    this.#child = spawn(process.execPath, ["--enable-source-maps", path, ...args], {
      env: { ...defined({ ...process.env, ...env }), STRESS_NAME: `${name}.${this.#generation}` },
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    this.#child.once("message", () => {
      this.#isReady = true;
    });
    return this.#child;
  }

  #tell(what: "killed" | "paused" | "continued" | "stopped"): void {
    this.#options.ledger.write({ what, target: this.pid });
  }
}

function defined(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
