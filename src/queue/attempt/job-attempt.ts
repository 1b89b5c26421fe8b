import { PermanentFailure, StopMail } from "../../errors/errors.ts";
import { describeError } from "../../jobs/describe-error.ts";
import type { Attempt, Call, JobHandler } from "../../jobs/handler.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { Settlement } from "../../jobs/job-store.ts";
import { decode } from "../../jobs/stored-value.ts";
import type { AttemptOptions, AttemptResult } from "./attempt-result.ts";
import type { AttemptSignal } from "./attempt-signal.ts";
import { dispositionOf } from "./disposition.ts";
import { HookRunner } from "./hook-runner.ts";
import { notifyFailure } from "./notify-failure.ts";
import { withinTime } from "./time-limit.ts";

type FailSettlement = Settlement & { readonly kind: "fail" };

/** One attempt at one job. `run` and `end` never throw: every error says what becomes of the job. */
export class JobAttempt {
  #job: JobRecord;
  readonly #signal: AttemptSignal;
  readonly #options: AttemptOptions;
  #handler: JobHandler | undefined;
  #began = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(job: JobRecord, signal: AttemptSignal, options: AttemptOptions) {
    this.#job = job;
    this.#signal = signal;
    this.#options = options;
  }

  async run(): Promise<AttemptResult> {
    try {
      const { call, handler } = await this.#load();
      const limited = withinTime(this.#limit(handler), this.#signal, () => this.#invoke(call, handler));
      this.#ended = limited.ended;
      await limited.result;
      return this.#succeed();
    } catch (error) {
      return this.end(error);
    }
  }

  /** What becomes of the job after what was thrown: a mail that was stopped is no error. */
  async end(error: unknown): Promise<AttemptResult> {
    return error instanceof StopMail ? this.#stop(error) : this.#fail(error);
  }

  /** What becomes of the job after an error. */
  async #fail(error: unknown): Promise<AttemptResult> {
    const { lifecycle, events, worker, backoff, keepFailed, deployGraceMs, now } = this.#options;
    const { leavesUnknown = false } = this.#options;
    const { settings = {} } = this.#handler ?? {};
    const ending = dispositionOf(this.#job, error, {
      backoff: settings.backoff ?? backoff,
      keepFailed: settings.keepFailed ?? keepFailed,
      recordGone: settings.recordGone ?? "fail",
      deployGraceMs,
      leavesUnknown,
      abortReason: this.#signal.reason,
      now: now(),
    });
    const { settlement } = ending;
    const job = { ...this.#job, lastError: describeError(error) };
    if (settlement?.kind === "fail" || (settlement?.kind === "retry" && settlement.counted))
      await lifecycle
        .run("error", { worker, job, error }, async () => this.#hooks.error(job, error))
        .catch((failure: unknown) => events.emit("plugin.failed", { event: "error", error: failure }));
    if (this.#began) await this.#hooks.after(job);
    const afterwards =
      settlement?.kind === "fail" ? { afterwards: () => this.#giveUp(settlement, error) } : {};
    return { ...ending, error, ...afterwards, ended: this.#ended };
  }

  /** @throws PermanentFailure | UnstorableValueError | UnknownActionError | InvalidArgumentsError */
  async #load(): Promise<{ readonly call: Call; readonly handler: JobHandler }> {
    const { expiresAt, handler: name, action, args, params, meta } = this.#job;
    const { registry, now } = this.#options;
    const handler = registry.find(name, action);
    this.#handler = handler;
    if (expiresAt && expiresAt.getTime() <= now()) throw expired(expiresAt);
    // `encode` wrote params from an object.
    const given = { args: args.map(decode), params: decode(params) as Call["params"] };
    const today = handler.upcast?.(action, given.args) ?? given.args;
    const checked = await handler.check(action, today);
    return { handler, call: { handler: name, action, meta, params: given.params, args: checked } };
  }

  async #invoke(call: Call, handler: JobHandler): Promise<void> {
    await this.#options.lifecycle.run("invoke", { job: this.#job }, async () => {
      this.#began = true;
      await this.#hooks.before(this.#job);
      await handler.perform(call, this.#attempt(), this.#options.host);
    });
  }

  #succeed(): AttemptResult {
    const { id, lockToken: token = "", uniqueFor } = this.#job;
    const hold = uniqueFor === undefined ? {} : { holdKeyMs: uniqueFor };
    const hooks = this.#hooks;
    const job = { ...this.#job, state: "done" as const };
    const afterwards = async () => {
      await hooks.success(job);
      await hooks.after(job);
    };
    return { settlement: { id, token, kind: "done", ...hold }, afterwards, ended: this.#ended };
  }

  /** A hook or a plugin stopped the mail, as a callback or its action could: its job is done. */
  #stop({ reason }: StopMail): AttemptResult {
    const { handler, action, meta } = this.#job;
    const { messageId = "" } = meta;
    this.#options.events.emit("mail.stopped", { mail: `${handler}.${action}`, messageId, reason });
    return this.#succeed();
  }

  #giveUp({ error: lastError, reason: failReason }: FailSettlement, error: unknown): Promise<void> {
    const failedAt = new Date(this.#options.now());
    const job = { ...this.#job, state: "failed" as const, lastError, failReason, failedAt };
    return notifyFailure({ job, error, handler: this.#handler }, this.#options);
  }

  /** The shortest of the limits that are set. */
  #limit({ settings }: JobHandler): number {
    const limits = [this.#options.maxRunTime, settings.maxRunTime, this.#job.maxRunTime];
    return Math.min(...limits.filter((limit) => limit !== undefined));
  }

  async #forgiveCrashes(): Promise<boolean> {
    const { id, lockToken: token = "" } = this.#job;
    const isForgiven = await this.#options.store.forgive({ id, token });
    if (isForgiven) this.#job = forgiven(this.#job);
    return isForgiven;
  }

  get #hooks(): HookRunner {
    return new HookRunner(this.#handler?.settings.hooks ?? {}, this.#options);
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
      checkpoint: checkpoint === undefined ? undefined : decode(checkpoint),
    };
  }
}

function forgiven(job: JobRecord): JobRecord {
  const attempts = job.maxCrashes === undefined ? job.attempts - job.crashes : job.attempts;
  return { ...job, attempts, crashes: 0 };
}

function expired(at: Date): PermanentFailure {
  return new PermanentFailure(`The job was to run before ${at.toISOString()}.`, { reason: "expired" });
}
