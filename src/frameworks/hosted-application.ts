import type { Client } from "../app/client.ts";
import { close, configure, isOpen, openClient } from "../app/current-app.ts";
import type { Settings } from "../config/settings.ts";
import type { WorkerOptions } from "../queue/worker/worker-options.ts";

export interface HostedOptions {
  /** What `configure()` takes. Defaults to what the environment says, or to what `configure()` was given before. */
  readonly settings?: Settings;
  /**
   * Whether jobs are performed in this process too, and its schedules kept: for small applications and development. Else workers of
   * their own do it.
   * @default false
   */
  readonly worker?: boolean | WorkerOptions;
}

/** This process's application, opened and closed with a server. */
export class HostedApplication {
  readonly client: Client;
  readonly #worker: HostedWorker | undefined;

  /** @throws ConfigurationError | StoreError */
  static async open({ settings, worker = false }: HostedOptions = {}): Promise<HostedApplication> {
    // Whoever asked for mails before the server was there has opened it already, with what the environment says.
    if (settings && !isOpen()) configure(settings);
    const client = await openClient();
    if (worker === false) return new HostedApplication(client);
    return new HostedApplication(client, new HostedWorker(client, worker === true ? {} : worker));
  }

  private constructor(client: Client, worker?: HostedWorker) {
    this.client = client;
    this.#worker = worker;
  }

  /** Lets running jobs end, within the worker's grace time. */
  async stopWorking(): Promise<void> {
    await this.#worker?.stop();
  }

  /** After `stopWorking()`: closes transports and store. */
  async close(): Promise<void> {
    await this.stopWorking();
    await close();
  }
}

/** A worker and a scheduler beside a server, which does not wait for them: what sends mails takes a while to load. */
class HostedWorker {
  readonly #running: Promise<void>;
  readonly #stopping = new AbortController();

  constructor(client: Client, options: WorkerOptions) {
    this.#running = this.#run(client, options).catch((error: unknown) =>
      client.events.emit("worker.error", { worker: "hosted", during: "working", error }),
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(client: Client, options: WorkerOptions): Promise<void> {
    const app = await client.app();
    if (this.#stopping.signal.aborted) return;
    const worker = app.worker(options);
    const scheduler = app.scheduler();
    scheduler.start();
    this.#stopping.signal.addEventListener("abort", () => worker.stop());
    try {
      await worker.run();
    } finally {
      await scheduler.stop();
    }
  }
}
