import { Reporter } from "../activity/reporter.ts";
import { Tally } from "../activity/tally.ts";
import { BatchCaretaker } from "../batches/batch-caretaker.ts";
import type { Batches } from "../batches/batches.ts";
import type { Config } from "../config/resolve-config.ts";
import type { Pipeline } from "../delivery/pipeline.ts";
import { withoutAsking } from "../delivery/verdict.ts";
import type { Events } from "../events.ts";
import type { Application, EnqueueRequest } from "../jobs/application.ts";
import { quarticBackoff } from "../jobs/backoff.ts";
import type { DelayableCall } from "../jobs/delayable-call.ts";
import { type Attempt, type JobHost, Registry, registry } from "../jobs/handler.ts";
import type { Job } from "../jobs/job.ts";
import type { NewJob } from "../jobs/job-record.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Newsletter, NewsletterRequest } from "../jobs/newsletter.ts";
import type { MailRequest } from "../mail/callbacks.ts";
import type { Delivery, RenderedMail } from "../mail/mail.ts";
import { DkimSigner } from "../mime/dkim-signer.ts";
import { Caretaker } from "../newsletters/caretaker.ts";
import { ChunkSender } from "../newsletters/chunk-sender.ts";
import { Journals } from "../newsletters/journal/journals.ts";
import type { Newsletters } from "../newsletters/newsletters.ts";
import { FailedRetention } from "../privacy/failed-retention.ts";
import type { AttemptOptions } from "../queue/attempt/attempt-result.ts";
import { type PerformedInline, performInline } from "../queue/enqueue/perform-inline.ts";
import type { Lifecycle } from "../queue/lifecycle.ts";
import type { Chore } from "../queue/worker/chores.ts";
import { Worker } from "../queue/worker/worker.ts";
import type { WorkerOptions } from "../queue/worker/worker-options.ts";
import type { Renderer } from "../rendering/renderer.ts";
import { schedules } from "../schedules/schedule.ts";
import { ScheduleActs } from "../schedules/schedule-acts.ts";
import { Scheduler } from "../schedules/scheduler.ts";
import { TickPerformer } from "../schedules/tick-performer.ts";
import type { Stores } from "../stores/stores.ts";
import type { Transport } from "../transports/transport.ts";
import type { Transports } from "../transports/transports.ts";
import type { Client } from "./client.ts";
import { openPipeline } from "./open-pipeline.ts";
import { openTransports } from "./open-transports.ts";
import { performRehearsal } from "./rehearse.ts";

/** How long a deployment is taken to last, in production. */
const DEPLOY_GRACE_MS = 600_000;

/** One configured application: its stores, its transport, its templates, and the pipeline that connects them. */
export class App implements Application, JobHost {
  readonly #client: Client;
  readonly transports: Transports;
  readonly renderer: Renderer;
  readonly pipeline: Pipeline;
  readonly newsletters: Newsletters;
  readonly #journals: Journals;
  /** Of all its workers, from the first one on. */
  #tally: Tally | undefined;
  /** The process's mailers, and what this application performs beside them. */
  readonly #registry = new Registry(registry);

  /** What makes and sends mails, over what stores them. `client.app()` gives it. @throws DkimError */
  static async over(client: Client): Promise<App> {
    const { dkim } = client.config;
    return new App(client, {
      newsletters: await client.openNewsletters(),
      dkim: dkim && (await DkimSigner.open(dkim)),
    });
  }

  private constructor(client: Client, { newsletters, dkim }: Opened) {
    this.#client = client;
    const { config, events, lifecycle, stores } = client;
    const { now, renderer } = client.dependencies;
    this.transports = openTransports(config, { events, rates: stores.rates, now });
    const { transports } = this;
    const opened = openPipeline(config, { transports, events, lifecycle, dkim, now, makeRenderer: renderer });
    this.renderer = opened.renderer;
    this.pipeline = opened.pipeline;
    this.newsletters = newsletters;
    this.#journals = new Journals({ folder: config.journal, events });
    this.#registry.add(
      new ChunkSender({
        ledger: stores.ledger,
        events,
        journals: this.#journals,
        sendOne: (call, options) => this.pipeline.sendOne(call, options),
        concurrency: transports.connections,
        unknown: config.onUnknownOutcome,
        deliveries: config.deliveries,
        ...(config.backoff && { backoff: config.backoff }),
        now: client.now,
        recordGoneOf: (handler, action) => registry.lookUp(handler, action)?.settings.recordGone ?? "fail",
      }),
    );
    this.#registry.add(new TickPerformer({ post: (requests) => this.post(requests) }));
  }

  get config(): Config {
    return this.#client.config;
  }

  get events(): Events {
    return this.#client.events;
  }

  get lifecycle(): Lifecycle {
    return this.#client.lifecycle;
  }

  get stores(): Stores {
    return this.#client.stores;
  }

  /** The transport for mails that name none. */
  get transport(): Transport {
    return this.transports.main;
  }

  get store(): JobStore {
    return this.stores.jobs;
  }

  render(message: MailRequest): Promise<RenderedMail> {
    return this.pipeline.render(message);
  }

  deliver(message: MailRequest): Promise<Delivery> {
    return this.pipeline.deliver(message);
  }

  performMail(mail: MailRequest, attempt: Attempt): Promise<void> {
    return this.pipeline.perform(mail, attempt);
  }

  post(requests: readonly EnqueueRequest[]): Promise<readonly Job[]> {
    return this.#client.post(requests);
  }

  performNow(call: DelayableCall): Promise<unknown> {
    return this.#client.performNow(call);
  }

  async openNewsletters(): Promise<Newsletters> {
    return this.newsletters;
  }

  openBatches(): Promise<Batches> {
    return this.#client.openBatches();
  }

  async broadcast(request: NewsletterRequest): Promise<Newsletter> {
    const newsletter = await this.newsletters.begin(request);
    if (request.options.rehearse) await performRehearsal(newsletter, this);
    return newsletter;
  }

  /** Performs a call here and now, with what a worker would do around it; nothing is stored. */
  performInline(job: NewJob): Promise<PerformedInline> {
    return performInline(job, this.#performing("inline"));
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
    const { worker: _, now: __, maxRunTime, ...performing } = this.#performing("");
    const { events, stores, config } = this;
    const { now } = this.#client.dependencies;
    const batches = new BatchCaretaker({ ...stores, events, retention: config.batchRetention });
    this.#tally ??= new Tally(events);
    const reporter = new Reporter({
      store: stores.activity,
      tally: this.#tally,
      worker: () => made,
      now: this.#client.now,
    });
    const chores: readonly Chore[] = [
      batches,
      reporter,
      new Caretaker({
        ...stores,
        events,
        journals: this.#journals,
        unknown: withoutAsking(config.onUnknownOutcome),
        retention: config.newsletterRetention,
      }),
      ...(config.failedRetention === undefined
        ? []
        : [new FailedRetention(stores.jobs, config.failedRetention)]),
    ];
    const onBatchJobEnded = (id: string) => batches.noteEnded(id);
    const made = new Worker(
      { chores, onBatchJobEnded, rates: stores.rates, ...performing, ...(now && { now }) },
      { maxRunTime, ...options },
    );
    return made;
  }

  /** Stores the ticks of this process's schedules when their time comes, from `start()` to `stop()`. */
  scheduler(): Scheduler {
    const { events, store: jobs, stores } = this;
    const defaults = this.#client.jobDefaults;
    return new Scheduler({ schedules: schedules(), jobs, ledger: stores.schedules, events, defaults });
  }

  /** What people do to schedules. */
  scheduleActs(): ScheduleActs {
    const { events, store: jobs, stores } = this;
    return new ScheduleActs({ jobs, ledger: stores.schedules, events, defaults: this.#client.jobDefaults });
  }

  #performing(worker: string): AttemptOptions {
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
      leavesUnknown: this.config.unknownJobs === "leave",
      now: this.#client.now,
    };
  }

  /** Closes the transports and the store, so that the process can end. */
  close(): Promise<void> {
    return this.#client.close();
  }

  /** @internal what `close()` closes before the store */
  async closeTransports(): Promise<void> {
    await this.pipeline.close();
    await this.transports.close();
  }
}

interface Opened {
  readonly newsletters: Newsletters;
  readonly dkim: DkimSigner | undefined;
}
