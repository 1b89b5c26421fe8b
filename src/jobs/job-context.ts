import { AsyncLocalStorage } from "node:async_hooks";
import { shared } from "../shared.ts";
import type { Attempt } from "./handler.ts";

/** Log lines of one job: each is the event `job.log`. Never put into them what must not stand in a log. */
export interface JobLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Where the last attempt stopped. */
export interface Checkpoint<C = unknown> {
  /**
   * What was saved last; undefined at the first attempt.
   * @throws PermanentFailure when the job has a schema for it that what is stored does not pass
   */
  readonly value: C | undefined;
  /**
   * Stores it at once, for whatever attempt comes next.
   * @throws JobStateError when another attempt has the job by now
   * @throws UnstorableValueError | StoreError
   */
  save(value: C): Promise<void>;
}

/** What a job is told about its attempt, and can say. */
export interface JobContext<C = unknown> {
  readonly jobId: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Aborted when the job is cancelled, its time is up, its lease is lost, or the worker is told to stop at once. */
  readonly signal: AbortSignal;
  readonly checkpoint: Checkpoint<C>;
  /**
   * Says how far the job is. It is stored at most twice a second, and `delayed-mailer jobs show` and the event `job.progress` tell it.
   * @param share 0 to 1
   * @throws InvalidOptionsError when `share` is something else
   */
  readonly progress: (share: number, text?: string) => void;
  readonly log: JobLog;
}

/** @param parse gives a stored checkpoint back checked, and throws where it does not fit */
export function contextOf<C>(
  attempt: Attempt,
  parse: (stored: unknown) => C = (stored) => stored as C,
): JobContext<C> {
  const { jobId, number, maxAttempts, signal, log } = attempt;
  let value = attempt.checkpoint;
  return {
    jobId,
    attempt: number,
    maxAttempts,
    signal,
    log,
    progress: attempt.reportProgress,
    checkpoint: {
      get value() {
        return value === undefined ? undefined : parse(value);
      },
      save: async (next) => {
        await attempt.saveCheckpoint(next);
        value = next;
      },
    },
  };
}

/** Of the job around what runs now; a bundler or tsx may have made several copies of this file. */
const current = shared("job-context", () => new AsyncLocalStorage<JobContext>());

/**
 * The context of the job that is being performed, for a record's method, whose parameters are its own, and for whatever a plain job, a
 * record's method or a mail's action calls. Outside of them there is one too, so that a method can be called by anybody: its signal is
 * never aborted, and nobody hears of its progress. A mail's action has the same as `this.attempt`.
 * @example async publish() { await fetch(url, { signal: jobContext().signal }); }
 */
export function jobContext<C = unknown>(): JobContext<C> {
  // What a method saves as its checkpoint is what it finds there.
  return (current.getStore() ?? detachedContext()) as JobContext<C>;
}

/** Runs what asks for `jobContext()`. */
export function withJobContext<T>(context: JobContext, run: () => T): T {
  return current.run(context, run);
}

/** Of what is performed without a job, as a mail by `deliver()`: it is never aborted, and nobody hears of its progress. */
export function detachedContext(): JobContext {
  let value: unknown;
  return {
    jobId: "",
    attempt: 1,
    maxAttempts: 1,
    signal: NEVER,
    log: SILENT,
    progress: () => undefined,
    checkpoint: {
      get value() {
        return value;
      },
      save: async (next) => {
        value = next;
      },
    },
  };
}

const NEVER = new AbortController().signal;
const quiet = () => undefined;
const SILENT: JobLog = { debug: quiet, info: quiet, warn: quiet, error: quiet };
