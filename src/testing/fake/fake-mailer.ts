import type { App } from "../../app/app.ts";
import { Job } from "../../jobs/job.ts";
import type { JobState } from "../../jobs/job-record.ts";
import type { SentMail } from "../../mail/callbacks.ts";
import { SqliteJobStore } from "../../stores/sqlite/jobs/job-store.ts";
import type { MemoryTransport } from "../../transports/memory-transport.ts";
import { FakeMailerError } from "./fake-mailer-error.ts";
import type { Outbox } from "./outbox.ts";
import type { CaughtError, Recorder, StoppedMail } from "./recorder.ts";

interface FakeMailerParts {
  readonly app: App;
  readonly transport: MemoryTransport;
  readonly recorder: Recorder;
  readonly close: () => Promise<void>;
}

/** This process's application, on a store and a transport in memory. Made by `fakeMailer()`. */
export class FakeMailer implements Outbox {
  readonly app: App;
  /** Its `script` says what becomes of the next mails: `mails.transport.script.push({ class: "rejected" })`. */
  readonly transport: MemoryTransport;
  readonly #recorder: Recorder;
  readonly #close: () => Promise<void>;

  constructor({ app, transport, recorder, close }: FakeMailerParts) {
    this.app = app;
    this.transport = transport;
    this.#recorder = recorder;
    this.#close = close;
  }

  get sent(): readonly SentMail[] {
    return this.#recorder.sent;
  }

  /** Mails that were not sent, because something stopped them on purpose. */
  get stopped(): readonly StoppedMail[] {
    return this.#recorder.stopped;
  }

  /** What hooks, callbacks, observers and plugins threw when that could change nothing any more. */
  get errors(): readonly CaughtError[] {
    return this.#recorder.errors;
  }

  /** @throws FakeMailerError when other code closed the application */
  get queued(): readonly Job[] {
    return this.#jobs("ready");
  }

  /** @throws FakeMailerError when other code closed the application */
  get failed(): readonly Job[] {
    return this.#jobs("failed");
  }

  /** Closes the application and configures it as it was before. May be called more than once. */
  close(): Promise<void> {
    return this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #jobs(state: JobState): readonly Job[] {
    const { store } = this.app;
    if (!(store instanceof SqliteJobStore))
      throw new FakeMailerError("A fake mailer's store must be SQLite.");
    try {
      return store.list({ state, limit: Number.MAX_SAFE_INTEGER }).map((record) => new Job(record, store));
    } catch (cause) {
      throw new FakeMailerError(
        "The application was closed, and its queue with it, by other code than the fake mailer's close(). Leave closing to that.",
        { cause },
      );
    }
  }
}
