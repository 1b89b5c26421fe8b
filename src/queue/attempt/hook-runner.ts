import type { Events } from "../../events.ts";
import type { JobHooks } from "../../jobs/hooks.ts";
import { Job } from "../../jobs/job.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { JobStore } from "../../jobs/job-store.ts";

export interface HookRunnerOptions {
  readonly store: JobStore;
  readonly events: Events;
}

/** Runs the hooks around one attempt; what they throw where they can stop nothing any more is an event. */
export class HookRunner {
  readonly #hooks: JobHooks;
  readonly #store: JobStore;
  readonly #events: Events;

  constructor(hooks: JobHooks, { store, events }: HookRunnerOptions) {
    this.#hooks = hooks;
    this.#store = store;
    this.#events = events;
  }

  /** Throws what the hook throws: the attempt fails, and nothing is performed. */
  async before(record: JobRecord): Promise<void> {
    await this.#hooks.before?.(new Job(record, this.#store));
  }

  success(record: JobRecord): Promise<void> {
    return this.#quietly("success", record, (job) => this.#hooks.success?.(job));
  }

  after(record: JobRecord): Promise<void> {
    return this.#quietly("after", record, (job) => this.#hooks.after?.(job));
  }

  error(record: JobRecord, error: unknown): Promise<void> {
    return this.#quietly("error", record, (job) => this.#hooks.error?.(job, error));
  }

  failure(record: JobRecord, error: unknown): Promise<void> {
    return this.#quietly("failure", record, (job) => this.#hooks.failure?.(job, error));
  }

  async #quietly(
    hook: keyof JobHooks,
    record: JobRecord,
    run: (job: Job) => void | Promise<void>,
  ): Promise<void> {
    if (this.#hooks[hook] === undefined) return;
    try {
      await run(new Job(record, this.#store));
    } catch (error) {
      this.#events.emit("hook.failed", { job: record, hook, error });
    }
  }
}
