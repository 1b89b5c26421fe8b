import { setTimeout as sleep } from "node:timers/promises";
import { PermanentFailure } from "../../src/index.ts";
import type { Attempt, Call, JobHandler } from "../../src/jobs/handler.ts";
import type { Ledger } from "../ledger.ts";
import type { Enqueuer } from "./enqueuer.ts";
import type { KindName } from "./kinds.ts";

export interface StressJobsOptions {
  readonly ledger: Ledger;
  readonly enqueuer: Enqueuer;
  readonly leaseMs: number;
}

/** One run of one job. */
interface Run {
  readonly call: string;
  /** 0 to 1: what a job does for some time it does longer with a larger one. */
  readonly size: number;
  readonly attempt: Attempt;
}

type Doing = (run: Run) => void | Promise<void>;

const STEP_MS = 100;

/** What the jobs do that are no mails. */
export class StressJobs implements JobHandler {
  readonly name = "Stress";
  readonly aliases = [];
  readonly settings = { backoff: (attempts: number) => 100 * attempts };
  readonly #options: StressJobsOptions;
  readonly #doings: Readonly<Record<Exclude<KindName, "mail">, Doing>> = {
    quick: (run) => this.#effect(run),
    once: (run) => this.#steps(run, 300 * run.size),
    slow: (run) => this.#steps(run, 1_500 * run.size),
    long: (run) => this.#steps(run, this.#options.leaseMs * (1 + run.size)),
    flaky: (run) => this.#failAtFirst(run),
    chain: (run) => this.#enqueueAnother(run),
    stubborn: (run) => this.#steps(run, 1_500 * run.size, { listens: false }),
    blocking: (run) => this.#block(run),
    hopeless: () => Promise.reject(new Error("This job never ends well.")),
    refusing: () => Promise.reject(new PermanentFailure("There is no point.", { reason: "refused" })),
    deadly: (run) => this.#die(run),
  };

  constructor(options: StressJobsOptions) {
    this.#options = options;
  }

  has(action: string): action is Exclude<KindName, "mail"> {
    return Object.hasOwn(this.#doings, action);
  }

  actions(): readonly string[] {
    return Object.keys(this.#doings).map((action) => `${this.name}.${action}`);
  }

  async check(_action: string, args: readonly unknown[]): Promise<readonly unknown[]> {
    return args;
  }

  async perform({ action, args }: Call, attempt: Attempt): Promise<void> {
    const [call, size] = args;
    if (this.has(action)) await this.#doings[action]({ call: String(call), size: Number(size), attempt });
  }

  #effect({ call, attempt: { jobId: id, token, isLive } }: Run): void {
    this.#options.ledger.write({ what: "effect", call, id, token, isLive: isLive() });
  }

  /** Does something every now and then; with `listens` only as long as it may. */
  async #steps(run: Run, ms: number, { listens = true } = {}): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.#effect(run);
      await sleep(Math.min(left, STEP_MS));
      if (listens && !run.attempt.isLive()) throw new Error("It was told to stop.");
    }
    this.#effect(run);
  }

  async #failAtFirst(run: Run): Promise<void> {
    await this.#steps(run, 200 * run.size);
    if (run.attempt.number <= 1 + Math.round(run.size)) throw new Error("Not yet.");
  }

  async #enqueueAnother(run: Run): Promise<void> {
    await this.#options.enqueuer.enqueue({ kind: "quick", size: run.size, options: {} });
    this.#effect(run);
  }

  /** Without using the processor: other processes have a right to it. */
  #block(run: Run): void {
    this.#effect(run);
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    Atomics.wait(nothing, 0, 0, this.#options.leaseMs * (1.1 + run.size / 2));
    this.#effect(run);
  }

  async #die(run: Run): Promise<void> {
    await this.#steps(run, 300 * run.size);
    process.kill(process.pid, "SIGKILL");
    await sleep(60_000);
  }
}
