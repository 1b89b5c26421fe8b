import { NewerFormatError, PermanentFailure, ResultTooLargeError, StopMail } from "../../errors/errors.ts";
import { isOfBatch } from "../../jobs/batch.ts";
import { describeError } from "../../jobs/describe-error.ts";
import {
  type Attempt,
  type BoundCall,
  bind,
  type Call,
  callName,
  type HandlerSettings,
} from "../../jobs/handler.ts";
import type { JobRecord, Json } from "../../jobs/job-record.ts";
import type { Settlement } from "../../jobs/job-store.ts";
import { CALL_FORMAT, decode, encode } from "../../jobs/stored-value.ts";
import { AttemptNotes } from "./attempt-notes.ts";
import type { AttemptOptions, AttemptResult } from "./attempt-result.ts";
import { type AttemptSignal, withinTime } from "./attempt-signal.ts";
import { dispositionOf } from "./disposition.ts";
import { HookRunner } from "./hook-runner.ts";
import { notifyFailure } from "./notify-failure.ts";

/**
 * Performs one claimed job and says what is to become of it. It never throws what the job throws.
 * @param signal aborted with `LEASE_LOST` or `STOPPING` as its reason; here also when the time limit is reached
 */
export async function performJob(
  job: JobRecord,
  signal: AttemptSignal,
  options: AttemptOptions,
): Promise<AttemptResult> {
  const attempt = new JobAttempt(job, signal, options);
  const { lifecycle, worker } = options;
  try {
    return await lifecycle.run("perform", { worker, job }, () => attempt.run());
  } catch (error) {
    // Only a plugin's callback throws here: the attempt itself never does.
    return attempt.end(error);
  }
}

/** Of a result, as JSON: it is read with its job. */
const LARGEST_RESULT = 64 * 1024;

/** A done job is counted by being there; when its batch has ended, the store is told to let go of it. */
const UNTIL_ITS_BATCH_ENDS_MS = 10 * 365 * 24 * 3_600_000;

type FailSettlement = Settlement & { readonly kind: "fail" };

/** One attempt at one job. `run` and `end` never throw: every error says what becomes of the job. */
export class JobAttempt {
  #job: JobRecord;
  readonly #signal: AttemptSignal;
  readonly #options: AttemptOptions;
  readonly #notes: AttemptNotes;
  #settings: HandlerSettings = {};
  #began = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(job: JobRecord, signal: AttemptSignal, options: AttemptOptions) {
    this.#job = job;
    this.#signal = signal;
    this.#options = options;
    this.#notes = new AttemptNotes(job, options);
  }

  async run(): Promise<AttemptResult> {
    try {
      const bound = await this.#load();
      const limited = withinTime(this.#limit, this.#signal, () => this.#invoke(bound));
      this.#ended = limited.ended;
      const value = await limited.result;
      await this.#notes.flush();
      return this.#succeed(value);
    } catch (error) {
      await this.#notes.flush();
      return this.end(error);
    }
  }

  /** Says what becomes of the job after something was thrown. `StopMail` is no error: the job is done. */
  async end(error: unknown): Promise<AttemptResult> {
    return error instanceof StopMail ? this.#stop(error) : this.#fail(error);
  }

  /** Says what becomes of the job after an error. */
  async #fail(error: unknown): Promise<AttemptResult> {
    const { lifecycle, events, worker, backoff, keepFailed, deployGraceMs, now } = this.#options;
    const { leavesUnknown = false } = this.#options;
    const settings = this.#settings;
    const ending = dispositionOf(this.#job, error, {
      backoff: settings.backoff ?? backoff,
      // A batch counts what failed in it.
      keepFailed: isOfBatch(this.#job) || (settings.keepFailed ?? keepFailed),
      recordGone: settings.recordGone ?? "fail",
      deployGraceMs,
      leavesUnknown,
      abortReason: this.#signal.reason,
      now: now(),
    });
    const settlement = numbered(ending.settlement, this.#job.attempts);
    const job = { ...this.#job, lastError: describeError(error) };
    if (settlement?.kind === "fail" || (settlement?.kind === "retry" && settlement.counted))
      await lifecycle
        .run("error", { worker, job, error }, async () => this.#hooks.error(job, error))
        .catch((failure: unknown) => events.emit("plugin.failed", { event: "error", error: failure }));
    if (this.#began) await this.#hooks.after(job);
    const afterwards =
      settlement?.kind === "fail" ? { afterwards: () => this.#giveUp(settlement, error) } : {};
    return { ...ending, settlement, error, ...afterwards, ended: this.#ended };
  }

  /**
   * @throws NewerFormatError | PermanentFailure | UnstorableValueError | UnknownActionError | InvalidArgumentsError | RecordGoneError, and what making the
   * call's object throws
   */
  async #load(): Promise<BoundCall> {
    const { expiresAt, handler: name, action, args, params, meta, format = 1 } = this.#job;
    if (format > CALL_FORMAT) throw new NewerFormatError(callName(name, action), format, CALL_FORMAT);
    const { registry, now } = this.#options;
    const handler = registry.find(name, action);
    this.#settings = handler.settings;
    if (expiresAt && expiresAt.getTime() <= now()) throw expired(expiresAt);
    // `encode` wrote params from an object.
    const given = { args: args.map(decode), params: decode(params) as Call["params"] };
    const today = handler.upcast?.(action, given.args) ?? given.args;
    const checked = await handler.check(action, today);
    const bound = await bind(handler, { handler: name, action, meta, params: given.params, args: checked });
    this.#settings = bound.settings;
    return bound;
  }

  async #invoke(bound: BoundCall): Promise<unknown> {
    return this.#options.lifecycle.run("invoke", { job: this.#job }, async () => {
      this.#began = true;
      await this.#hooks.before(this.#job);
      return bound.perform(this.#attempt(), this.#options.host);
    });
  }

  #succeed(value: unknown): AttemptResult {
    const { id, lockToken: token = "", uniqueFor, resultFor } = this.#job;
    const hold = uniqueFor === undefined ? {} : { holdKeyMs: uniqueFor };
    const result = resultFor === undefined ? {} : this.#resultOf(value);
    const keepMs = isOfBatch(this.#job) ? UNTIL_ITS_BATCH_ENDS_MS : resultFor;
    const kept = keepMs === undefined ? {} : { keepMs, ...result };
    const hooks = this.#hooks;
    const job = { ...this.#job, state: "done" as const };
    const afterwards = async () => {
      await hooks.success(job);
      await hooks.after(job);
    };
    return {
      settlement: { id, token, kind: "done", ...hold, ...kept },
      value,
      afterwards,
      ended: this.#ended,
    };
  }

  /** The work is done by now, so a result that cannot be stored is told, and fails nothing. */
  #resultOf(value: unknown): { readonly result?: Json; readonly error?: string } {
    if (value === undefined) return {};
    try {
      const call = callName(this.#job.handler, this.#job.action);
      const result = encode(value, `${call}: the result`);
      const size = Buffer.byteLength(JSON.stringify(result));
      if (size <= LARGEST_RESULT) return { result };
      throw new ResultTooLargeError(call, size, LARGEST_RESULT);
    } catch (error) {
      this.#options.events.emit("result.refused", { job: this.#job, error });
      return { error: describeError(error) };
    }
  }

  /** A hook or a plugin stopped the mail, as a callback or its action could: its job is done. */
  #stop({ reason }: StopMail): AttemptResult {
    const { handler, action, meta } = this.#job;
    const { messageId = "" } = meta;
    this.#options.events.emit("mail.stopped", { mail: `${handler}.${action}`, messageId, reason });
    return this.#succeed(undefined);
  }

  #giveUp({ error: lastError, reason: failReason }: FailSettlement, error: unknown): Promise<void> {
    const failedAt = new Date(this.#options.now());
    const job = { ...this.#job, state: "failed" as const, lastError, failReason, failedAt };
    return notifyFailure({ job, error, hooks: this.#settings.hooks }, this.#options);
  }

  /** The shortest of the limits that are set. */
  get #limit(): number {
    const limits = [this.#options.maxRunTime, this.#settings.maxRunTime, this.#job.maxRunTime];
    return Math.min(...limits.filter((limit) => limit !== undefined));
  }

  async #forgiveCrashes(): Promise<boolean> {
    const { id, lockToken: token = "" } = this.#job;
    const isForgiven = await this.#options.store.forgive({ id, token });
    if (isForgiven) this.#job = forgiven(this.#job);
    return isForgiven;
  }

  get #hooks(): HookRunner {
    return new HookRunner(this.#settings.hooks ?? {}, this.#options);
  }

  #attempt(): Attempt {
    const {
      id: jobId,
      attempts: number,
      maxAttempts,
      crashes,
      lockToken: token = "",
      checkpoint,
    } = this.#job;
    return {
      jobId,
      number,
      maxAttempts,
      crashes,
      token,
      signal: this.#signal.signal,
      isLive: this.#signal.isLive,
      forgiveCrashes: () => this.#forgiveCrashes(),
      saveCheckpoint: this.#notes.saveCheckpoint,
      reportProgress: this.#notes.reportProgress,
      log: this.#notes.log,
      checkpoint: checkpoint === undefined ? undefined : decode(checkpoint),
    };
  }
}

/** An ending that says which attempt it is of. */
function numbered(settlement: Settlement | undefined, attempt: number): Settlement | undefined {
  const isError = settlement?.kind === "retry" || settlement?.kind === "fail";
  return isError ? { ...settlement, attempt } : settlement;
}

function forgiven(job: JobRecord): JobRecord {
  const attempts = job.maxCrashes === undefined ? job.attempts - job.crashes : job.attempts;
  return { ...job, attempts, crashes: 0 };
}

function expired(at: Date): PermanentFailure {
  return new PermanentFailure(
    `The job was to run before ${at.toISOString()}, and was not begun by then. Store it again where it is still wanted.`,
    { reason: "expired" },
  );
}
