import type { RecordGonePolicy } from "../errors/error-meaning.ts";
import { NameTakenError, UnknownActionError } from "../errors/errors.ts";
import type { MailRequest } from "../mail/callbacks.ts";
import { shared } from "../shared.ts";
import type { JobHooks } from "./hooks.ts";
import type { JobLog } from "./job-context.ts";
import type { LimitSetting } from "./job-limit.ts";

/** A stored call: which method of which registered thing, with what. */
export interface Call {
  readonly handler: string;
  readonly action: string;
  readonly args: readonly unknown[];
  /** What `.with({ ... })` gave. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What was fixed when the call was made and must be the same at every attempt (a mail's Message-ID and date). */
  readonly meta: Readonly<Record<string, string>>;
}

/** What a worker tells a job about the attempt it is in. */
export interface Attempt {
  readonly jobId: string;
  /** 1 for the first try. */
  readonly number: number;
  readonly maxAttempts: number;
  /** How often a worker went away while it held the job. */
  readonly crashes: number;
  /** Unique to this claim of the job: fences writes of an attempt that lost its lease. */
  readonly token: string;
  /** What an earlier attempt left by `saveCheckpoint` or `RetryLater({ checkpoint })`. */
  readonly checkpoint: unknown;
  /**
   * Stores what the next attempt is to know, at once.
   * @throws JobStateError when another attempt has the job by now
   * @throws UnstorableValueError | StoreError
   */
  readonly saveCheckpoint: (value: unknown) => Promise<void>;
  /** Says how far the job is; it is stored at most twice a second. @throws InvalidOptionsError when `share` is not 0 to 1 */
  readonly reportProgress: (share: number, text?: string) => void;
  /** Writes log lines that name the job. */
  readonly log: JobLog;
  /** Aborted when the lease is lost, the time is up, or the worker is told to stop at once. */
  readonly signal: AbortSignal;
  /**
   * Whether the attempt may go on, by the clocks of this moment: `signal` cannot say so before the event loop comes round to it. To be
   * asked right before something that cannot be taken back.
   */
  readonly isLive: () => boolean;
  /**
   * The work got on, durably: workers that went away before are no longer held against the job, and the attempts they cost are given back.
   * @returns false when another attempt has the job by now
   * @throws StoreError
   */
  readonly forgiveCrashes: () => Promise<boolean>;
}

/** What the application that runs a job offers its handler. */
export interface JobHost {
  /**
   * Makes a mail and sends it; returns when it is sent or was stopped on purpose.
   * @throws PermanentFailure | RetryLater, which say what becomes of the job, and what making the mail throws
   */
  performMail(mail: MailRequest, attempt: Attempt): Promise<void>;
}

/** The host of a worker that was opened without an application. */
export const NO_HOST: JobHost = {
  performMail: () =>
    Promise.reject(
      new Error("This worker has no application to send mails with: make it by `app.worker()`."),
    ),
};

/** What a backoff may look at besides the number of attempts. */
export interface FailedAttempt {
  readonly jobId: string;
  readonly handler: string;
  readonly action: string;
  readonly error: unknown;
  readonly now: Date;
}

/**
 * When to try again after a failed attempt: a delay in ms, or the time itself (delayed_job's `reschedule_at`).
 * @param attempts how many were made, 1 after the first
 */
export type Backoff = (attempts: number, failed: FailedAttempt) => number | Date;

/** How the jobs of a handler are queued unless the call says otherwise. */
export interface HandlerSettings {
  /** @default "default" */
  readonly queue?: string;
  /** Lower runs first; may be negative. @default 0 */
  readonly priority?: number;
  /** @default 25 */
  readonly maxAttempts?: number;
  /** Defaults to the worker's: `attempts^4 + 5` s with jitter. */
  readonly backoff?: Backoff;
  /** How long one attempt may take, in ms; never longer than the worker's own limit. */
  readonly maxRunTime?: number;
  /** Whether a job that is given up is kept with its reason. Defaults to the configuration's, which is true. */
  readonly keepFailed?: boolean;
  /**
   * What becomes of a job whose record is gone (`RecordGoneError`, or what mongoose's `orFail()` throws): `fail` keeps it as failed at
   * once, `discard` drops it, `retry` takes it for an error like any other. @default "fail"
   */
  readonly recordGone?: RecordGonePolicy;
  /** How long a job is kept with what it gave back when it is done, in ms. Defaults to not at all. */
  readonly resultFor?: number;
  /** How many jobs of one key may run, or begin in a time, in all workers together. Defaults to no limit. */
  readonly limit?: LimitSetting;
  readonly hooks?: JobHooks;
}

/** A call whose object is at hand: what it is performed on was made or loaded. */
export interface BoundCall {
  /** Of this very call. */
  readonly settings: HandlerSettings;
  /** @returns the job's result */
  perform(attempt: Attempt, host: JobHost): Promise<unknown>;
}

/** Anything a worker can perform by name: a mailer is one kind. */
export interface JobHandler {
  readonly name: string;
  /** Names under which older jobs may still be stored. */
  readonly aliases: readonly string[];
  readonly settings: HandlerSettings;
  has(action: string): boolean;
  /** `Name.action` of everything it can perform, for error messages. */
  actions(): readonly string[];
  /** Turns the arguments of an older stored call into those of today; absent where there never were others. */
  upcast?(action: string, args: readonly unknown[]): readonly unknown[];
  /**
   * Checks arguments against the schema and gives them back parsed.
   * @throws InvalidArgumentsError
   */
  check(action: string, args: readonly unknown[]): Promise<readonly unknown[]>;
  /**
   * Makes or loads what a call is performed on, once for its hooks and its work; absent where every call has the handler's settings.
   * @throws what keeps it from being performed, such as RecordGoneError: no hook runs then
   */
  bind?(call: Call): Promise<BoundCall>;
  /**
   * @param host of the application whose worker runs the job
   * @returns the job's result
   */
  perform(call: Call, attempt: Attempt, host: JobHost): Promise<unknown>;
}

/** Handlers by stored name. */
export class Registry {
  readonly #byName = new Map<string, JobHandler>();
  readonly #base: Registry | undefined;

  /** @param base whose handlers are found here too */
  constructor(base?: Registry) {
    this.#base = base;
  }

  /**
   * @param replaces whether it takes the place of one that has its name, with all names of that
   * @throws NameTakenError
   */
  add(handler: JobHandler, replaces: (known: JobHandler) => boolean = () => false): void {
    const names = [handler.name, ...handler.aliases];
    for (const name of names) {
      const known = this.get(name);
      if (known && !replaces(known)) throw new NameTakenError(name);
      for (const old of known ? [known.name, ...known.aliases] : []) this.#byName.delete(old);
    }
    for (const name of names) this.#byName.set(name, handler);
  }

  /** @throws UnknownActionError when nothing of that name is registered or it has no such action */
  find(name: string, action: string): JobHandler {
    const handler = this.lookUp(name, action);
    if (handler) return handler;
    throw new UnknownActionError(name, action, this.get(name)?.actions() ?? this.names());
  }

  /** Nothing when nothing of that name is registered or it has no such action. */
  lookUp(name: string, action: string): JobHandler | undefined {
    const handler = this.get(name);
    return handler?.has(action) ? handler : undefined;
  }

  names(): readonly string[] {
    return this.all()
      .map(({ name }) => name)
      .sort();
  }

  /** Public, because the base may be another copy's, whose private methods cannot be called. */
  get(name: string): JobHandler | undefined {
    return this.#byName.get(name) ?? this.#base?.get(name);
  }

  /** Each once, whatever its aliases. */
  all(): readonly JobHandler[] {
    return [...new Set([...this.#byName.values(), ...(this.#base?.all() ?? [])])];
  }
}

/** What `mailer()`, `job()` and `delayable()` register in: all that this process can perform. */
export const registry = shared("registry", () => new Registry());

/** A call with what it is performed on. @throws what making or loading that throws */
export async function bind(handler: JobHandler, call: Call): Promise<BoundCall> {
  if (handler.bind) return handler.bind(call);
  return {
    settings: handler.settings,
    perform: (attempt, host) => handler.perform(call, attempt, host),
  };
}

/** The action of plain jobs. */
export const PERFORM = "perform";

/** Before the name of a method of a record; one of its class has nothing there. */
export const INSTANCE = "#";

/** A call's name for people: `UserMailer.welcome`, the plain job `ResizeImage`, the record's method `Post#publish`. */
export function callName(handler: string, action: string): string {
  if (action === PERFORM) return handler;
  return action.startsWith(INSTANCE) ? `${handler}${action}` : `${handler}.${action}`;
}

/** The handler and action that a name for people stands for; of a mailer's or job's name alone there is no action. */
export function parseCallName(name: string): { readonly handler: string; readonly action?: string } {
  const [, handler = name, action] = /^([^#]+)(#.+)$/.exec(name) ?? /^(.+)\.([^.]+)$/.exec(name) ?? [];
  return action === undefined ? { handler } : { handler, action };
}
