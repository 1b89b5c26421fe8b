import type { ErrorCode } from "./error-codes.ts";
import { nearestName } from "./nearest-name.ts";

const COPY = Symbol.for("delayed-mailer/copy");
/** Each copy of this library that is evaluated in a process has its own. */
const OWN_COPY: object = {};

/**
 * Every error this library throws on purpose. Its `code` is stable and may be switched on; its message names the
 * thing, the reason and the way out.
 */
export abstract class DelayedMailError extends Error {
  abstract readonly code: ErrorCode;
  /** @internal tells an error of another copy of this library */
  readonly [COPY] = OWN_COPY;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    Object.defineProperty(this, COPY, { enumerable: false });
  }

  /**
   * An error of another copy of this library in the process is of the class that has the same name there. A mailer that one copy made
   * may run in the worker of another, and what it throws must mean the same.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // An instance of this very copy is told in the usual way.
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
    return isOfOtherCopy(value) && classNames(value).includes(this.name);
  }
}

function isOfOtherCopy(value: unknown): value is object {
  return typeof value === "object" && value !== null && COPY in value && value[COPY] !== OWN_COPY;
}

function classNames(value: object): readonly string[] {
  const above: unknown = Object.getPrototypeOf(value);
  if (typeof above !== "object" || above === null) return [];
  return [above.constructor.name, ...classNames(above)];
}

/** A call names a mailer (or other handler) or an action that is not registered in this process. */
export class UnknownActionError extends DelayedMailError {
  readonly code = "UNKNOWN_ACTION";

  /** @param when what to do about it differs where the call is made and where a worker performs it */
  constructor(
    handler: string,
    action: string,
    known: readonly string[],
    when: "made" | "performed" = "performed",
  ) {
    const list = known.length === 0 ? "none" : known.join(", ");
    const name = action.startsWith("#") ? `${handler}${action}` : `${handler}.${action}`;
    if (when === "made") {
      const nearest = nearestName(name, known);
      const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
      super(`There is no ${name} that can be delayed.${meant} Call one of: ${list}.`);
      return;
    }
    super(
      `Nothing registered answers "${name}". Known: ${list}. Is its file imported where the worker starts? If the job is another service's: let each worker take its own queues (--queues), or give each service a prefix or a database of its own (DELAYED_MAILER_PREFIX), or let this one leave such jobs alone (DELAYED_MAILER_UNKNOWN_JOBS=leave).`,
    );
  }
}

/** A mailer's method ran, but did not return what `this.mail(...)` gives, so there is no mail to send. */
export class NotAMailActionError extends DelayedMailError {
  readonly code = "NOT_A_MAIL_ACTION";

  constructor(mailer: string, action: string) {
    super(`${mailer}.${action} is not a mail action: it must return this.mail({ ... }).`);
  }
}

/** Two handlers were registered under one stored name. */
export class NameTakenError extends DelayedMailError {
  readonly code = "NAME_TAKEN";

  constructor(name: string) {
    super(`The name "${name}" is taken. Give one of the two mailers, jobs or models another name.`);
  }
}

/** `mailer()`, `job()` or `delayable()` was given a class without a name and no `{ name }`. */
export class NamelessMailerError extends DelayedMailError {
  readonly code = "NAMELESS_MAILER";

  constructor(what = "mailer()", example = "UserMailer") {
    super(`${what} needs a named class or { name: "${example}" }: the name is what a job stores.`);
  }
}

/** The arguments of a call do not pass the schema its mailer declares. */
export class InvalidArgumentsError extends DelayedMailError {
  readonly code = "INVALID_ARGUMENTS";
  /** What is wrong, one line per argument. The values themselves are never in it. */
  readonly problems: readonly string[];

  constructor(handler: string, action: string, problems: readonly string[], options?: ErrorOptions) {
    super(`${handler}.${action} was called with arguments that do not fit: ${problems.join("; ")}.`, options);
    this.problems = problems;
  }
}

/** An argument or param that would not come back from the store as it went in. */
export class UnstorableValueError extends DelayedMailError {
  readonly code = "UNSTORABLE_VALUE";
  /** Where the value sits, as `args[1].cb`. */
  readonly path: string;

  constructor(
    path: string,
    what: string,
    {
      why = "which cannot be stored",
      advice = "Pass an id or plain data instead.",
      ...options
    }: ErrorOptions & { readonly why?: string; readonly advice?: string } = {},
  ) {
    super(`${path} is ${what}, ${why}. ${advice}`, options);
    this.path = path;
  }
}

/** What a job was called with is encrypted, and this process does not have the key. */
export class SealedPayloadError extends DelayedMailError {
  readonly code = "SEALED_PAYLOAD";

  /** @param sealed what is stored; it begins with the id of its key */
  constructor(sealed: string) {
    const [keyId = ""] = sealed.split(".");
    super(
      `What is stored is encrypted with the key "${keyId.slice(0, 100)}", which is not among encryptionKeys. Put it back there (at the end: only the first encrypts), then retry.`,
    );
  }
}

/** What `erase()` could not look into. */
export interface Unread {
  readonly count: number;
  /** Ids of the first jobs of them. */
  readonly jobs: readonly string[];
  /** Of the keys that are not among `encryptionKeys`. */
  readonly keyIds: readonly string[];
}

/**
 * `erase()` did what it could, and some stored jobs cannot be read here, so they may still say the address. Doing it again, with their
 * keys, does no harm.
 */
export class EraseIncompleteError<E = unknown> extends DelayedMailError {
  readonly code = "ERASE_INCOMPLETE";
  readonly unread: Unread;
  /** What was done: what `erase()` gives where it could read everything. */
  readonly erased: E;

  constructor(unread: Unread, erased: E) {
    const { count, jobs, keyIds } = unread;
    super(
      `Stored jobs that could not be looked into and may still say the address: ${count}. They are encrypted with keys that are not among encryptionKeys (${keyIds.join(", ") || "none"}), or were changed. Everything else is done. Put the keys back and erase the address once more, or remove these jobs; the first of them: ${jobs.join(", ")}`,
    );
    this.unread = unread;
    this.erased = erased;
  }
}

/** A call is stored as a newer version of this library writes it. No attempt is spent: it waits for a worker of that version. */
export class NewerFormatError extends DelayedMailError {
  readonly code = "NEWER_FORMAT";

  /** @param known the highest format that this process reads */
  constructor(call: string, format: number, known: number) {
    super(
      `${call} is stored in format ${format} by a newer version of delayed-mailer, and this worker reads formats up to ${known}. The job is left to workers of that version: update the others too.`,
    );
  }
}

/** The arguments of a call are larger than a job should be. */
export class PayloadTooLargeError extends DelayedMailError {
  readonly code = "PAYLOAD_TOO_LARGE";
  /** In bytes. */
  readonly size: number;
  /** In bytes. */
  readonly limit: number;

  constructor(call: string, size: number, limit: number) {
    super(
      `${call}: its arguments are ${size} bytes, and a job may have ${limit} (maxPayload). Store the data elsewhere, in a file or a document, and pass a reference to it.`,
    );
    this.size = size;
    this.limit = limit;
  }
}

/** What a job gave back is larger than what is kept with a job. The work is done all the same. */
export class ResultTooLargeError extends DelayedMailError {
  readonly code = "RESULT_TOO_LARGE";
  /** In bytes. */
  readonly size: number;
  /** In bytes. */
  readonly limit: number;

  constructor(call: string, size: number, limit: number) {
    super(
      `${call} is done, and its result of ${size} bytes is not kept, because a job keeps at most ${limit}. Store the data elsewhere, in a file or a document, and return a reference to it.`,
    );
    this.size = size;
    this.limit = limit;
  }
}

/** `delay()`, `deliverLater()`, `broadcast()` or a worker was given options that make no sense. */
export class InvalidOptionsError extends DelayedMailError {
  readonly code = "INVALID_OPTIONS";

  constructor(where: string, problems: readonly string[], options?: ErrorOptions) {
    super(`${where}: ${problems.join("; ")}.`, options);
  }
}

/** Somebody called `delay()` on a message that is already built. */
export class MessageAlreadyBuiltError extends DelayedMailError {
  readonly code = "MESSAGE_ALREADY_BUILT";

  constructor(mailer: string, action: string) {
    super(
      `Use ${mailer}.delay().${action}(...) to delay sending of mails, or call .deliverLater() on the message.`,
    );
  }
}

/** The environment or `configure({ ... })` holds mistakes; all of them are in the message. */
export class ConfigurationError extends DelayedMailError {
  readonly code = "CONFIGURATION";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(
      `The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
      options,
    );
    this.problems = problems;
  }
}

/** A job is gone, or in a state that does not allow what was asked. */
export class JobStateError extends DelayedMailError {
  readonly code = "JOB_STATE";

  constructor(id: string, problem: string) {
    super(`Job ${id} ${problem}.`);
  }
}

/** A batch is gone, or in a state that does not allow what was asked. */
export class BatchStateError extends DelayedMailError {
  readonly code = "BATCH_STATE";

  constructor(key: string, problem: string) {
    super(`Batch "${key}" ${problem}.`);
  }
}

/** Another live job holds the unique key. */
export class DuplicateKeyError extends DelayedMailError {
  readonly code = "DUPLICATE_KEY";

  constructor(uniqueKey: string, holder: string) {
    super(
      `The unique key "${uniqueKey}" is held by the live job ${holder}. Remove that job or use another key.`,
    );
  }
}

/** The store cannot be used: not reachable, not set up, or full. */
export class StoreError extends DelayedMailError {
  readonly code = "STORE";
}

/** The file of the SQLite store was deleted or replaced while this process had it open: nothing that it writes can be found again. */
export class StoreGoneError extends DelayedMailError {
  readonly code = "STORE_GONE";

  constructor(path: string) {
    super(
      `The SQLite file ${path} was deleted, or another was put in its place, while it was open. Start this process again: it opens what is there then, or makes a new file. Stop all processes before you move or restore the file.`,
    );
  }
}

/** What is wrong in a template, and where. */
export interface TemplateProblem {
  /** Path of the file, from the working directory when the templates folder was given so. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
  /** The line and a caret under the place. */
  readonly excerpt: string;
}

/** A template is missing, does not compile, or could not be rendered with the data it was given. */
export class TemplateError extends DelayedMailError {
  readonly code = "TEMPLATE";
  /** Where it is wrong, when there is a place. */
  readonly problem: TemplateProblem | undefined;
  /**
   * `template`: it is wrong whatever it is filled with, as a syntax error or a file that is missing. `values`: this mail's values do not
   * fill it, because one is missing, cannot be printed, or a helper throws on it.
   */
  readonly fault: TemplateFaultKind;

  constructor(message: string, { problem, fault = "template", ...options }: TemplateErrorOptions = {}) {
    super(message, options);
    this.problem = problem;
    this.fault = fault;
  }
}

export type TemplateFaultKind = "template" | "values";

export interface TemplateErrorOptions extends ErrorOptions {
  readonly problem?: TemplateProblem;
  /** @default "template" */
  readonly fault?: TemplateFaultKind;
}

/** A mail or its mailer names a transport that is not configured. */
export class UnknownTransportError extends DelayedMailError {
  readonly code = "UNKNOWN_TRANSPORT";

  constructor(name: string, known: readonly string[]) {
    super(
      `There is no transport "${name}". Known: ${known.join(", ")}. Add it to configure({ transports }).`,
    );
  }
}

/** A mail whose sender, recipients, subject or headers cannot be put on the wire. */
export class InvalidMailError extends DelayedMailError {
  readonly code = "INVALID_MAIL";
}

/** A file of a mail is missing, outside the folders that attachments may come from, or too large. */
export class AttachmentError extends DelayedMailError {
  readonly code = "ATTACHMENT";
}

/** A mail was to be signed and could not be: it is never sent unsigned. */
export class DkimError extends DelayedMailError {
  readonly code = "DKIM";
}

/** A job that will never succeed: it is kept as failed at once, whatever attempts are left. */
export class PermanentFailure extends DelayedMailError {
  readonly code = "PERMANENT_FAILURE";
  /** A short stable word, stored with the job as `failReason`. */
  readonly reason: string;

  constructor(
    message: string,
    { reason = "permanent", ...options }: ErrorOptions & { reason?: string } = {},
  ) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Thrown by an action whose record is not there any more. What becomes of the job, `recordGone` of its mailer says; what mongoose's
 * `orFail()` throws counts as the same.
 */
export class RecordGoneError extends DelayedMailError {
  readonly code = "RECORD_GONE";

  /** @param record what was looked for, such as "User 42" */
  constructor(record: string, options?: ErrorOptions) {
    super(
      `${record} is not there any more, and nothing can be done with it. Say by recordGone what becomes of such jobs: fail, discard or retry.`,
      options,
    );
  }
}

/** A method of a record is to be delayed that no worker could load: it was never saved, or is deleted. */
export class RecordNotSavedError extends DelayedMailError {
  readonly code = "RECORD_NOT_SAVED";

  /** @param why such as "was never saved" */
  constructor(record: string, why: string) {
    super(`No job can be made for ${record}, which ${why}: a worker loads it by its id. Save it first.`);
  }
}

/** A locator gave another record than the one that was asked for: nothing is performed on it. */
export class WrongRecordError extends DelayedMailError {
  readonly code = "WRONG_RECORD";

  constructor(locator: string, asked: string, found: string) {
    super(
      `The locator "${locator}" was asked for ${asked} and gave ${found}. Its find() must give the record of that id, or none.`,
    );
  }
}

export interface RetryLaterOptions extends ErrorOptions {
  /** When to try again, in ms from now. Defaults to the job's backoff. */
  readonly delay?: number;
  /** Not before so many ms from now, however soon the backoff would try it again. Defaults to any time. */
  readonly notBefore?: number;
  /** Whether this try counts as an attempt. @default true */
  readonly counted?: boolean;
  /** Stored with the job and handed to its next attempt. */
  readonly checkpoint?: unknown;
  /** Claim nothing more from this job's queue for `delay` ms: the thing all its jobs need is down. @default false */
  readonly pauseQueue?: boolean;
}

/** Thrown by a job that wants to be tried again, on its own terms. */
export class RetryLater extends DelayedMailError {
  readonly code = "RETRY_LATER";
  readonly delay: number | undefined;
  readonly notBefore: number;
  readonly counted: boolean;
  readonly checkpoint: unknown;
  readonly pauseQueue: boolean;

  constructor(message: string, options: RetryLaterOptions = {}) {
    const { delay, notBefore = 0, counted = true, checkpoint, pauseQueue = false, ...rest } = options;
    super(message, rest);
    this.delay = delay;
    this.notBefore = notBefore;
    this.counted = counted;
    this.checkpoint = checkpoint;
    this.pauseQueue = pauseQueue;
  }

  /** The same with another checkpoint. */
  withCheckpoint(checkpoint: unknown): RetryLater {
    const { message, delay, notBefore, counted, pauseQueue } = this;
    const options = { notBefore, counted, checkpoint, pauseQueue, cause: this.cause };
    const copy = new RetryLater(message, delay === undefined ? options : { ...options, delay });
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }
}

/**
 * Thrown by an action, a callback, an interceptor or an error handler: this mail is not to be sent, and that is no error. Its job is
 * done, `deliver()` resolves with `stopped`, a newsletter records the recipient as stopped.
 */
export class StopMail extends DelayedMailError {
  readonly code = "MAIL_STOPPED";
  readonly reason: string;

  /** @param reason for logs and the record: without what must not stand there */
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** An attempt took longer than it may. It is aborted and counted as failed, whatever the job makes of that. */
export class RunTimeError extends DelayedMailError {
  readonly code = "RUN_TIME";
  /** In ms. */
  readonly limit: number;

  constructor(limit: number, options?: ErrorOptions) {
    super(
      `The attempt took longer than its limit of ${limit} ms (maxRunTime). Give what it waits for a shorter timeout of its own, or the job more time.`,
      options,
    );
    this.limit = limit;
  }
}

/** Actions that go on after their time limit have all the places of a worker, and only the end of its process takes these back. */
export class WorkerStuckError extends DelayedMailError {
  readonly code = "WORKER_STUCK";
  /** Which, as `Mailer.action`. */
  readonly actions: readonly string[];

  constructor(actions: readonly string[]) {
    super(
      `This worker performs nothing any more: ${actions.join(", ")} did not end when the time limit (maxRunTime) was reached, and ${actions.length === 1 ? "has" : "have"} all its places. Give what the action waits for a timeout of its own, and start the worker again.`,
    );
    this.actions = actions;
  }
}

/** Why planning of a newsletter ended before its audience was read to the end. */
export type PlanningStop = "failed" | "taken-over" | "cancelled";

/**
 * A newsletter was not planned to the end: its audience or the store failed, another planner took it over, or it was cancelled. Whoever
 * was planned by then gets the mail, unless it was cancelled.
 */
export class PlanningError extends DelayedMailError {
  readonly code = "PLANNING";
  /** Of the newsletter: planning it again under this key goes on. */
  readonly key: string;
  readonly reason: PlanningStop;

  constructor(key: string, { reason, why, cause }: { reason: PlanningStop; why: string; cause?: unknown }) {
    super(`The newsletter "${key}" is not planned to the end: ${why}.`, { cause });
    this.key = key;
    this.reason = reason;
  }
}

/** Another planner has a newsletter, and is still at it after this one waited for as long as a dead planner keeps others waiting. */
export class BeingPlannedError extends DelayedMailError {
  readonly code = "BEING_PLANNED";
  readonly key: string;
  /** When that planner began. */
  readonly since: Date;

  constructor(key: string, since: Date) {
    super(
      `The newsletter "${key}" is being planned by another process since ${since.toISOString()}. Wait until that one is done, or end it; then plan it again with the same key.`,
    );
    this.key = key;
    this.since = since;
  }
}
