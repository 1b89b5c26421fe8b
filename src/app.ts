import type { Broadcast, BroadcastRequest } from "./broadcasting.ts";
import { type Config, resolveConfig } from "./config/resolve-config.ts";
import type { Settings } from "./config/settings.ts";
import { StoreError } from "./errors.ts";
import { Events } from "./events.ts";
import { Job } from "./job.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { Delivery, RenderedMail } from "./mail.ts";
import type { MailRequest } from "./mail-callbacks.ts";
import type { Carrier, Message, Posting } from "./message.ts";
import { Broadcasts } from "./newsletters/broadcasts.ts";
import { Caretaker } from "./newsletters/caretaker.ts";
import { ChunkSender } from "./newsletters/chunk-sender.ts";
import { Journals } from "./newsletters/journal/journals.ts";
import { openRoad } from "./open-road.ts";
import { type Attempt, type JobHost, Registry, registry } from "./performable.ts";
import { quarticBackoff } from "./queue/backoff.ts";
import type { JobDefaults } from "./queue/new-job.ts";
import { performInline } from "./queue/perform-inline.ts";
import type { PerformOptions } from "./queue/performing.ts";
import { postMessages } from "./queue/post-messages.ts";
import type { JobStore } from "./queue/store.ts";
import { Worker } from "./queue/worker.ts";
import type { WorkerOptions } from "./queue/worker-options.ts";
import type { Renderer } from "./rendering/renderer.ts";
import type { Road } from "./road.ts";
import { schedules } from "./schedules/schedule.ts";
import { Scheduler } from "./schedules/scheduler.ts";
import { TickPerformer } from "./schedules/tick-performer.ts";
import { DkimSigner } from "./smtp/dkim-signer.ts";
import type { Transport } from "./smtp/transport.ts";
import { openStores } from "./stores/open-stores.ts";
import type { Stores } from "./stores/stores.ts";
import type { Surroundings } from "./surroundings.ts";
import { openTransports } from "./transports/open-transports.ts";
import type { Transports } from "./transports/transports.ts";

/** How long a deployment is taken to last, in production. */
const DEPLOY_GRACE_MS = 600_000;

/** One configured application: its stores, its transport, its templates, and the road that connects them. */
export class App implements Carrier, JobHost {
  readonly config: Config;
  readonly events: Events;
  readonly lifecycle: Lifecycle;
  readonly stores: Stores;
  readonly transports: Transports;
  readonly renderer: Renderer;
  readonly road: Road;
  readonly broadcasts: Broadcasts;
  readonly #journals: Journals;
  readonly #now: (() => number) | undefined;
  /** The process's mailers, and what this application performs beside them. */
  readonly #registry = new Registry(registry);

  /** @throws ConfigurationError | StoreError | DkimError */
  static async open(settings: Settings = {}, surroundings: Surroundings = {}): Promise<App> {
    const config = resolveConfig(settings, surroundings.env);
    const { now, stores: open = (given) => openStores(given, now) } = surroundings;
    const stores = await open(config);
    try {
      await prepareIndexes(stores, config);
      const dkim = config.dkim && (await DkimSigner.open(config.dkim));
      return new App(config, { ...surroundings, stores, dkim });
    } catch (error) {
      await stores.close();
      throw error;
    }
  }

  private constructor(config: Config, { stores, dkim, now, renderer }: Opened) {
    const { messageIdDomain } = config;
    const events = new Events();
    this.config = config;
    this.#now = now;
    this.events = events;
    this.lifecycle = new Lifecycle(events);
    for (const plugin of config.plugins) plugin(this.lifecycle, events);
    this.stores = stores;
    this.transports = openTransports(config, { events, rates: stores.rates, now });
    const { transports } = this;
    const road = openRoad(config, { transports, events, dkim, now, makeRenderer: renderer });
    this.renderer = road.renderer;
    this.road = road.road;
    this.broadcasts = new Broadcasts({
      ...stores,
      registry,
      events,
      messageIdDomain,
      deliveries: config.deliveries,
    });
    this.#journals = new Journals({ folder: config.journal, events });
    this.#registry.add(
      new ChunkSender({
        ledger: stores.ledger,
        events,
        journals: this.#journals,
        sendOne: (call, options) => this.road.sendOne(call, options),
        concurrency: transports.connections,
        unknown: config.unknown,
        deliveries: config.deliveries,
        recordGoneOf: (performable, action) =>
          registry.has(performable, action)
            ? (registry.find(performable, action).settings.recordGone ?? "fail")
            : "fail",
      }),
    );
    this.#registry.add(new TickPerformer({ post: (postings) => this.post(postings) }));
  }

  /** The one that mails use which name none. */
  get transport(): Transport {
    return this.transports.main;
  }

  get store(): JobStore {
    return this.stores.jobs;
  }

  render(message: Message): Promise<RenderedMail> {
    return this.road.render(message);
  }

  deliver(message: Message): Promise<Delivery> {
    return this.road.deliver(message);
  }

  performMail(mail: MailRequest, attempt: Attempt): Promise<void> {
    return this.road.perform(mail, attempt);
  }

  async post(postings: readonly Posting[]): Promise<readonly Job[]> {
    const { delayJobs, messageIdDomain } = this.config;
    const posted = await postMessages(postings, {
      store: this.store,
      registry,
      lifecycle: this.lifecycle,
      defaults: this.#jobDefaults,
      messageIdDomain,
      isDelayed: (job) => (typeof delayJobs === "function" ? delayJobs(job) : delayJobs),
      performNow: (job) => performInline(job, this.#performing("inline")),
      ...(this.#now && { now: this.#now }),
    });
    for (const { record, inserted: isNew } of posted)
      if (isNew && record.state === "ready") this.events.emit("job.enqueued", { job: record });
    return posted.map(({ record, inserted: isNew }) => new Job(record, this.store, { isNew }));
  }

  broadcast(request: BroadcastRequest): Promise<Broadcast> {
    return this.broadcasts.begin(request);
  }

  /** Tells, as events, where jobs are kept and where mails go, for whoever runs this. */
  announce(): void {
    this.events.emit("app.notice", { message: `Jobs are kept in ${this.stores.description}` });
    const { deliveries, redirectTo } = this.config;
    if (deliveries === "off")
      this.events.emit("app.notice", {
        message: "Deliveries are off: every mail is stopped before it is sent",
      });
    if (redirectTo)
      this.events.emit("app.notice", {
        message: `Mails go to ${redirectTo.address} instead of their recipients`,
      });
    const { smtpUrl, transport, transports } = this.config;
    const hint = smtpUrl || transport || transports ? "" : "; set SMTP_URL to send them";
    this.events.emit("app.notice", { message: `Mails go to ${this.transport.name}${hint}` });
  }

  /** A worker over this application's store. @throws InvalidOptionsError */
  worker(options: WorkerOptions = {}): Worker {
    const { worker: _, maxRunTime, ...performing } = this.#performing("");
    const { events, stores, config } = this;
    const chores = [new Caretaker({ ...stores, events, journals: this.#journals, unknown: config.unknown })];
    return new Worker({ chores, ...performing }, { maxRunTime, ...options });
  }

  /** Stores the ticks of this process's schedules when their time comes, from `start()` to `stop()`. */
  scheduler(): Scheduler {
    const { events, store: jobs, stores } = this;
    const defaults = this.#jobDefaults;
    return new Scheduler({ schedules: schedules(), jobs, ledger: stores.schedules, events, defaults });
  }

  get #jobDefaults(): JobDefaults {
    const { queue, priority, maxAttempts, queueAttributes } = this.config;
    return { queue, priority, maxAttempts, queueAttributes };
  }

  #performing(worker: string): PerformOptions {
    const { backoff = quarticBackoff(), keepFailed, maxRunTime, production } = this.config;
    const { deployGrace: deployGraceMs = production ? DEPLOY_GRACE_MS : 0 } = this.config;
    const { events, lifecycle, store } = this;
    return {
      registry: this.#registry,
      host: this,
      backoff,
      lifecycle,
      events,
      store,
      worker,
      maxRunTime,
      keepFailed,
      deployGraceMs,
      now: this.#now ?? Date.now,
    };
  }

  /** Closes the transport and the store, so that the process can end. */
  async close(): Promise<void> {
    await this.road.close();
    await this.transports.close();
    await this.stores.close();
  }
}

interface Opened extends Omit<Surroundings, "stores"> {
  readonly stores: Stores;
  readonly dkim: DkimSigner | undefined;
}

/** @throws StoreError in production when an index is missing: creating them there is a step of a deployment */
async function prepareIndexes(stores: Stores, { createIndexes, production }: Config): Promise<void> {
  if (createIndexes ?? !production) return stores.ensureIndexes();
  if (createIndexes === false) return;
  const differences = await stores.indexDifferences();
  if (differences.length === 0) return;
  throw new StoreError(`Indexes are missing; run "delayed-mailer indexes" first:\n${differences.join("\n")}`);
}
