import type { JobLog, LogFields } from "./jobs/job-context.ts";
import type { JobRecord } from "./jobs/job-record.ts";
import type { NewsletterProgress } from "./jobs/newsletter.ts";

/** Everything that happens, by name. Components emit; log.ts writes lines; plugins listen. */
export interface EventMap {
  /** A component is up, with a sentence an operator should read once. */
  "app.notice": { readonly message: string };
  /** What was kept of an address was removed or blanked. */
  "address.erased": { readonly jobs: number; readonly recipients: number; readonly files: number };
  "job.enqueued": { readonly job: JobRecord };
  "job.started": { readonly job: JobRecord };
  "job.done": { readonly job: JobRecord; readonly ms: number };
  "job.retried": {
    readonly job: JobRecord;
    readonly error: string;
    readonly runAt: Date;
    /** Whether the attempt was spent. */
    readonly counted: boolean;
  };
  "job.failed": { readonly job: JobRecord; readonly error: string; readonly reason: string };
  /** Handed back unfinished when a worker stops; the attempt is given back. */
  "job.released": { readonly job: JobRecord };
  /** A running job said how far it is; told when it is stored, at most twice a second. */
  "job.progress": { readonly job: JobRecord; readonly share: number; readonly text: string | undefined };
  /** A job wrote a line of its own. */
  "job.log": {
    readonly job: JobRecord;
    readonly level: keyof JobLog;
    readonly message: string;
    readonly fields: LogFields;
  };
  /** What a job gave back is not kept, because it cannot be stored or is too large. The job is done all the same. */
  "result.refused": { readonly job: JobRecord; readonly error: unknown };
  /** The lease ran out or was taken; whatever the attempt did is not written. */
  "job.lost": { readonly id: string };
  /** A hook threw where it can stop nothing any more; what happened to the job stands. */
  "hook.failed": { readonly job: JobRecord; readonly hook: string; readonly error: unknown };
  /** A plugin's callback threw when the work it stands around was done already. */
  "plugin.failed": { readonly event: string; readonly error: unknown };
  /** A worker claimed so many jobs in one step, which took the store so long. */
  "jobs.claimed": { readonly worker: string; readonly count: number; readonly ms: number };
  "jobs.reaped": { readonly freed: number; readonly failed: number };
  "queue.paused": { readonly queue: string; readonly ms: number; readonly reason: string };
  "worker.started": {
    readonly worker: string;
    readonly queues: readonly string[];
    readonly concurrency: number;
  };
  "worker.stopping": { readonly worker: string; readonly running: number };
  "worker.stopped": { readonly worker: string; readonly done: number; readonly failed: number };
  /** A supervisor started a worker process; no queues means all. */
  "process.started": { readonly process: string; readonly pid: number; readonly queues: readonly string[] };
  /** One of them ended; `restartMs` says when it is started again, if it is. */
  "process.ended": {
    readonly process: string;
    readonly pid: number | undefined;
    readonly code: number | null;
    readonly signal: string | null;
    readonly restartMs?: number;
  };
  /** The store's clock and this machine's differ, by so many ms that the store's is ahead; due times and leases follow the store's. */
  "worker.clock-off": { readonly worker: string; readonly offsetMs: number };
  /** A worker starts, and the mongoose of these models of the application is not connected in its process. */
  "mongoose.unconnected": { readonly models: readonly string[] };
  /** The worker's process did not run for so many ms: it was stopped, or a job blocked the event loop. Its leases may be lost by that. */
  "worker.paused": { readonly worker: string; readonly ms: number };
  /**
   * Actions went beyond their time limit and do not end, though they were told: each keeps a place. Where they have all the places, the
   * worker ends, because nothing else can give them back.
   */
  "worker.overtime": {
    readonly worker: string;
    readonly actions: readonly string[];
    readonly jobs: number;
    readonly isAll: boolean;
  };
  /** A tick of a schedule could not be stored; it is tried again in some seconds, and is not missed by that. */
  "scheduler.error": { readonly error: unknown };
  /** The worker met an error outside any job, mostly its store's, and goes on. */
  "worker.error": { readonly worker: string; readonly during: string; readonly error: unknown };
  /** The html of this mail is more than Gmail shows. Said once for each action: a newsletter is as long for everybody. */
  "mail.clipped": { readonly mail: string; readonly bytes: number; readonly limit: number };
  "mail.sent": {
    readonly mail: string;
    readonly messageId: string;
    readonly accepted: readonly string[];
    readonly rejected: readonly string[];
    readonly response: string;
    readonly ms: number;
  };
  /** No server took it at this attempt; `outcome` says what kind of failure it was. Its job tells whether it is tried again. */
  "mail.failed": {
    readonly mail: string;
    readonly messageId: string;
    readonly outcome: string;
    readonly code?: number;
    readonly response: string;
    readonly ms: number;
  };
  /** A callback, an interceptor or an action stopped it, or an error handler dealt with its error: it is not sent, its job is done. */
  "mail.stopped": { readonly mail: string; readonly messageId: string; readonly reason: string };
  /** A callback or an observer threw when the mail was sent already; that stands. */
  "callback.failed": { readonly callback: string; readonly error: unknown };
  /** The transport stopped (`open`) because of `reason`, or works again. */
  "transport.changed": {
    readonly transport: string;
    readonly open: boolean;
    readonly reason: string;
    readonly ms: number;
  };
  /** The mail server allows fewer connections at once, fewer mails on one, or none sent ahead: `to` is what is used from now on. */
  "transport.limited": {
    readonly transport: string;
    readonly limit: "connections" | "mails per connection" | "mails sent ahead";
    readonly to: number;
    readonly reason: string;
  };
  /** The mail server finds our mails too fast: from now on they go at a pace, in mails per second, that is found by trying. */
  "transport.paced": { readonly transport: string; readonly pace: number; readonly reason: string };
  /**
   * A mail provider asked for less: nothing is sent to it for `restMs`, and then at a pace, in mails per second, that is found by trying.
   * Others are sent to as ever. Told when it begins, and not of every change after that.
   */
  "provider.slowed": {
    readonly transport: string;
    readonly provider: string;
    readonly restMs: number;
    readonly pace?: number;
    readonly reason: string;
  };
  /** A mail provider that asked for less is sent to as ever again, so many ms after it began. */
  "provider.recovered": { readonly transport: string; readonly provider: string; readonly ms: number };
  /** What became of some of its recipients is durable; once for each write, so that bulk mail can be counted by listening. */
  "newsletter.recorded": {
    readonly id: string;
    readonly key: string;
    /** How many recipients got which outcome. Someone deferred is counted again when he gets another. */
    readonly outcomes: Readonly<Partial<Record<string, number>>>;
  };
  /** It paused by itself: too many were rejected. `resume()` lets it go on, and counts anew. */
  "newsletter.paused": { readonly id: string; readonly key: string; readonly reason: string };
  "newsletter.planned": { readonly id: string; readonly key: string; readonly recipients: number };
  /** Something of a newsletter did not work and is tried again; told once for each time it begins. */
  "newsletter.error": {
    readonly id: string;
    readonly key: string;
    readonly during: string;
    readonly error: unknown;
  };
  /** What workers that are gone left in their journals about a chunk was taken over: so many outcomes, and mails that may have been taken. */
  "newsletter.replayed": {
    readonly id: string;
    readonly key: string;
    readonly chunk: string;
    readonly outcomes: number;
    readonly unanswered: number;
  };
  /** A journal says that mails were taken whose recipients have another outcome by now: another worker had gone on with the chunk. */
  "newsletter.contradicted": {
    readonly id: string;
    readonly key: string;
    readonly chunk: string;
    readonly mails: number;
  };
  /** Journals cannot be written or read: mails are sent all the same, and a worker that is killed meanwhile may repeat more of them. */
  "journal.failed": { readonly folder: string; readonly during: string; readonly error: unknown };
  /** A journal was cut off, is damaged, of another version, or is none at all. It is kept under this name for somebody to look at. */
  "journal.set-aside": { readonly path: string; readonly reason: string };
  "newsletter.finished": { readonly id: string; readonly key: string; readonly progress: NewsletterProgress };
  /** No job of a batch waits or runs any more; told once. */
  "batch.ended": {
    readonly id: string;
    readonly key: string;
    readonly total: number;
    readonly done: number;
    readonly failed: number;
    readonly cancelled: number;
  };
  /** Somebody did something by the dashboard: an audit line. */
  "dashboard.acted": {
    /** As `authorize` named him; empty where it did not. */
    readonly user: string;
    /** Such as `job retry`. */
    readonly act: string;
    /** The job, filter, queue or newsletter. */
    readonly subject: string;
    /** How many jobs, recipients or queues. */
    readonly count: number;
  };
  /** A listener threw; the others still ran. */
  "listener.failed": { readonly event: string; readonly error: unknown };
}

export type EventName = keyof EventMap;

export type Listener<N extends EventName> = (payload: EventMap[N]) => void;

/** A listener of all events: what writes logs. */
export type AnyListener = <N extends EventName>(name: N, payload: EventMap[N]) => void;

/** The events of one application. A listener that throws harms nobody. */
export class Events {
  readonly #listeners = new Map<EventName, Set<Listener<never>>>();
  readonly #all = new Set<AnyListener>();

  /** @returns stop listening */
  on<N extends EventName>(name: N, listener: Listener<N>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** @returns stop listening */
  onAny(listener: AnyListener): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  emit<N extends EventName>(name: N, payload: EventMap[N]): void {
    for (const listener of this.#all) this.#call(name, () => listener(name, payload));
    // The map's key says which payload its listeners take.
    for (const listener of this.#listeners.get(name) ?? [])
      this.#call(name, () => (listener as Listener<N>)(payload));
  }

  #call(name: EventName, call: () => void): void {
    try {
      call();
    } catch (error) {
      if (name !== "listener.failed") this.emit("listener.failed", { event: name, error });
    }
  }
}
