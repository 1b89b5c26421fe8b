import { batchIdOf } from "../../jobs/batch.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { Observer, SentMail } from "../../mail/callbacks.ts";
import type { Plugin } from "../../queue/lifecycle.ts";

/** A mail that was not sent, because a callback, an interceptor, the action or an error handler stopped it. */
export interface StoppedMail {
  /** `Mailer.action`. */
  readonly mail: string;
  readonly messageId: string;
  readonly reason: string;
}

/** An attempt of a job that ended in an error. */
export interface FailedPerformance {
  /** As it was when it was performed. */
  readonly job: JobRecord;
  /** What was thrown; absent where the attempt was put off without being spent. */
  readonly cause?: unknown;
  /** The error as it is stored: name, message and stack. */
  readonly error: string;
  /** When it is tried again; absent where it was given up. */
  readonly retryAt?: Date;
  /** False where the attempt was given back: what it needs was not to be had, and the call is not to blame. */
  readonly counted: boolean;
  /** Why it was given up: `template`, `exhausted`, ... */
  readonly reason?: string;
}

/** An error that changes nothing for the mail or the job it happened at, and that is an event only. */
export interface CaughtError {
  /** Such as "hook success of UserMailer.welcome". */
  readonly where: string;
  readonly error: unknown;
}

/** Notes what an application's mails and jobs come to. */
export class Recorder {
  readonly sent: SentMail[] = [];
  readonly stopped: StoppedMail[] = [];
  readonly failures: FailedPerformance[] = [];
  readonly errors: CaughtError[] = [];
  /** The newsletters of which a chunk was performed, by their ids; whoever reads them clears them. */
  readonly newsletters = new Set<string>();
  readonly #causes = new Map<string, unknown>();

  readonly observer: Observer = (sent) => {
    this.sent.push(sent);
  };

  readonly plugin: Plugin = (lifecycle, events) => {
    lifecycle.before("error", ({ job, error }) => {
      this.#causes.set(job.id, error);
    });
    lifecycle.before("perform", ({ job }) => {
      if (job.group !== undefined && batchIdOf(job) === undefined) this.newsletters.add(job.group);
    });
    events.on("mail.stopped", (stopped) => this.stopped.push(stopped));
    events.on("job.retried", ({ runAt, ...failed }) => this.#failed({ ...failed, retryAt: runAt }));
    events.on("job.failed", (failed) => this.#failed({ ...failed, counted: true }));
    events.on("hook.failed", ({ job, hook, error }) =>
      this.errors.push({ where: `hook ${hook} of ${job.handler}.${job.action}`, error }),
    );
    events.on("callback.failed", ({ callback, error }) => this.errors.push({ where: callback, error }));
    events.on("plugin.failed", ({ event, error }) =>
      this.errors.push({ where: `plugin at ${event}`, error }),
    );
    events.on("listener.failed", ({ event, error }) =>
      this.errors.push({ where: `listener of ${event}`, error }),
    );
  };

  #failed(failed: FailedPerformance): void {
    const { id } = failed.job;
    const cause = this.#causes.has(id) ? { cause: this.#causes.get(id) } : {};
    this.#causes.delete(id);
    this.failures.push({ ...failed, ...cause });
  }
}
