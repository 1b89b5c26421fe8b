import type { Batches } from "../batches/batches.ts";
import { type Config, resolveConfig } from "../config/resolve-config.ts";
import type { Settings } from "../config/settings.ts";
import { StoreError } from "../errors/errors.ts";
import { Events } from "../events.ts";
import type { Application, EnqueueRequest } from "../jobs/application.ts";
import type { DelayableCall } from "../jobs/delayable-call.ts";
import { registry } from "../jobs/handler.ts";
import { Job } from "../jobs/job.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Newsletter, NewsletterRequest } from "../jobs/newsletter.ts";
import type { MailRequest } from "../mail/callbacks.ts";
import type { Delivery, RenderedMail } from "../mail/mail.ts";
import type { Newsletters } from "../newsletters/newsletters.ts";
import { enqueueCalls, prepareCall, withEnqueueHook } from "../queue/enqueue/enqueue.ts";
import type { JobDefaults } from "../queue/enqueue/new-job.ts";
import { Lifecycle } from "../queue/lifecycle.ts";
import type { Stores } from "../stores/stores.ts";
import type { App } from "./app.ts";
import type { AppDependencies } from "./app-dependencies.ts";
import { openStores } from "./open-stores.ts";

/**
 * What stores calls and asks about jobs: all that a web process needs. What makes and sends mails is loaded with `app()`, at its first
 * use, because it is ten times as much code.
 */
export class Client implements Application {
  readonly config: Config;
  readonly events: Events;
  readonly lifecycle: Lifecycle;
  readonly stores: Stores;
  readonly dependencies: AppDependencies;
  #app: Promise<App> | undefined;

  /** @throws ConfigurationError | StoreError */
  static async open(settings: Settings = {}, dependencies: AppDependencies = {}): Promise<Client> {
    const config = resolveConfig(settings, dependencies.env);
    const { now, stores: open = (given) => openStores(given, now) } = dependencies;
    const stores = await open(config);
    try {
      await prepareIndexes(stores, config);
      return new Client(config, stores, dependencies);
    } catch (error) {
      await stores.close();
      throw error;
    }
  }

  private constructor(config: Config, stores: Stores, dependencies: AppDependencies) {
    this.config = config;
    this.stores = stores;
    this.dependencies = dependencies;
    this.events = new Events();
    this.lifecycle = new Lifecycle(this.events);
    for (const plugin of config.plugins) plugin(this.lifecycle, this.events);
  }

  get store(): JobStore {
    return this.stores.jobs;
  }

  /** The whole application over this store. @throws DkimError */
  app(): Promise<App> {
    this.#app ??= this.#openApp().catch((error: unknown) => {
      this.#app = undefined;
      throw error;
    });
    return this.#app;
  }

  /** Begins, finds and lists newsletters. */
  async openNewsletters(): Promise<Newsletters> {
    const { Newsletters } = await import("../newsletters/newsletters.ts");
    const { messageIdDomain, deliveries } = this.config;
    const { stores, events, lifecycle } = this;
    return new Newsletters({ ...stores, registry, events, lifecycle, messageIdDomain, deliveries });
  }

  /** Begins, finds and lists batches. */
  async openBatches(): Promise<Batches> {
    const { Batches } = await import("../batches/batches.ts");
    const { lifecycle, events } = this;
    return new Batches({ ...this.stores, events, posting: { ...this.#preparing, lifecycle } });
  }

  async render(message: MailRequest): Promise<RenderedMail> {
    return (await this.app()).render(message);
  }

  async deliver(message: MailRequest): Promise<Delivery> {
    return (await this.app()).deliver(message);
  }

  async broadcast(request: NewsletterRequest): Promise<Newsletter> {
    // Its mails are made here, which needs what makes mails.
    if (request.options.rehearse) return (await this.app()).broadcast(request);
    return (await this.openNewsletters()).begin(request);
  }

  async post(requests: readonly EnqueueRequest[]): Promise<readonly Job[]> {
    const { delayJobs } = this.config;
    const posted = await enqueueCalls(requests, {
      ...this.#preparing,
      store: this.stores.jobs,
      lifecycle: this.lifecycle,
      isDelayed: (job) => (typeof delayJobs === "function" ? delayJobs(job) : delayJobs),
      performNow: async (job) => (await (await this.app()).performInline(job)).record,
    });
    for (const { record, inserted: isNew } of posted)
      if (isNew && record.state === "ready") this.events.emit("job.enqueued", { job: record });
    return posted.map(({ record, inserted: isNew }) => new Job(record, this.store, { isNew }));
  }

  async performNow(call: DelayableCall): Promise<unknown> {
    const { job, hooks } = await prepareCall({ call, options: {} }, this.#preparing);
    const app = await this.app();
    return (await app.performInline(await withEnqueueHook(job, hooks))).value;
  }

  get #preparing() {
    const { messageIdDomain } = this.config;
    return { registry, defaults: this.jobDefaults, messageIdDomain, now: this.now };
  }

  /** The store's time, in ms since 1970: whatever is stored, or compared with what is stored, must not depend on this machine's clock. */
  readonly now = (): number => {
    const { now = Date.now } = this.dependencies;
    return now() + this.stores.jobs.clockOffset;
  };

  get jobDefaults(): JobDefaults {
    const { queue, priority, maxAttempts, maxPayload, queueAttributes } = this.config;
    return { queue, priority, maxAttempts, maxPayload, queueAttributes };
  }

  /** Closes the application, where it was opened, and the store, so that the process can end. */
  async close(): Promise<void> {
    const app = await this.#app?.catch(() => undefined);
    if (app) await app.closeTransports();
    await this.stores.close();
  }

  async #openApp(): Promise<App> {
    const { App } = await import("./app.ts");
    return App.over(this);
  }
}

/** @throws StoreError in production when an index is missing: creating them there is a step of a deployment */
async function prepareIndexes(stores: Stores, { createIndexes, production }: Config): Promise<void> {
  if (createIndexes ?? !production) return stores.ensureIndexes();
  if (createIndexes === false) return;
  const differences = await stores.indexDifferences();
  if (differences.length === 0) return;
  throw new StoreError(`Indexes are missing; run "delayed-mailer indexes" first:\n${differences.join("\n")}`);
}
