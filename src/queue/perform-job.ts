import { DelayedMailError, PermanentFailure, RetryLater } from "../errors.ts";
import type { JobRecord, Json } from "../job-record.ts";
import type { Attempt, Backoff, Call, Performable, Registry } from "../performable.ts";
import { describeError } from "./describe-error.ts";
import type { Settlement } from "./store.ts";
import { decode, encode } from "./stored-value.ts";

/** How an attempt ended: what is to be written of it, and what the worker has to know. */
export interface Performed {
  /** Undefined when the lease was lost, so that nothing may be written. */
  readonly settlement: Settlement | undefined;
  readonly pauseQueueMs?: number;
}

export interface PerformOptions {
  readonly registry: Registry;
  readonly backoff: Backoff;
  readonly now: () => number;
  /** Aborted with `LEASE_LOST` or `STOPPING` as its reason. */
  readonly signal: AbortSignal;
}

export const LEASE_LOST = "the lease was lost";
export const STOPPING = "the worker is stopping";

/** Errors that come again at every attempt until somebody changes code, templates or data. */
const HOPELESS: Readonly<Record<string, string>> = {
  UNKNOWN_ACTION: "unknown-action",
  INVALID_ARGUMENTS: "invalid-arguments",
  UNSTORABLE_VALUE: "unreadable",
  NOT_A_MAIL_ACTION: "not-a-mail-action",
  TEMPLATE: "template",
  INVALID_MAIL: "invalid-mail",
};

/** Performs one claimed job, whatever it throws, and says what is to become of it. */
export async function performJob(job: JobRecord, options: PerformOptions): Promise<Performed> {
  const lease = { id: job.id, token: job.lockToken ?? "" };
  let performable: Performable | undefined;
  try {
    if (job.expiresAt && job.expiresAt.getTime() <= options.now()) throw expired(job.expiresAt);
    const call = readCall(job);
    performable = options.registry.find(call.performable, call.action);
    const args = await performable.check(call.action, call.args);
    await performable.perform({ ...call, args }, attemptOf(job, lease.token, options.signal));
    return { settlement: { ...lease, kind: "done" } };
  } catch (error) {
    return afterError(job, lease, error, {
      ...options,
      backoff: performable?.settings.backoff ?? options.backoff,
    });
  }
}

function expired(at: Date): PermanentFailure {
  return new PermanentFailure(`The job was to run before ${at.toISOString()}.`, { reason: "expired" });
}

/** @throws UnstorableValueError when the stored form cannot be read */
function readCall({ performable, action, args, params, meta }: JobRecord): Call {
  // `encode` wrote params from an object.
  return { performable, action, args: args.map(decode), params: decode(params) as Call["params"], meta };
}

function attemptOf(job: JobRecord, token: string, signal: AbortSignal): Attempt {
  const { id: jobId, attempts: number, maxAttempts, checkpoint } = job;
  return {
    jobId,
    number,
    maxAttempts,
    token,
    signal,
    checkpoint: checkpoint === undefined ? undefined : decode(checkpoint),
  };
}

type LeaseKey = Pick<Settlement, "id" | "token">;

function afterError(job: JobRecord, lease: LeaseKey, error: unknown, options: PerformOptions): Performed {
  if (options.signal.reason === LEASE_LOST) return { settlement: undefined };
  if (options.signal.reason === STOPPING) return { settlement: releaseOf(lease, error, options.now()) };
  const hopeless = hopelessReason(error);
  if (hopeless)
    return { settlement: { ...lease, kind: "fail", error: describeError(error), reason: hopeless } };
  return retry(job, lease, error, options);
}

/** A job that was told to stop is handed back, with what it wants its next attempt to know. */
function releaseOf(lease: LeaseKey, error: unknown, now: number): Settlement {
  const checkpoint = checkpointOf(error);
  if (checkpoint === undefined) return { ...lease, kind: "release" };
  return { ...lease, kind: "retry", runAt: new Date(now), error: STOPPING, counted: false, checkpoint };
}

function retry(job: JobRecord, lease: LeaseKey, error: unknown, { backoff, now }: PerformOptions): Performed {
  const later = error instanceof RetryLater ? error : undefined;
  const counted = later?.counted ?? true;
  const text = describeError(error);
  if (counted && job.attempts >= job.maxAttempts)
    return { settlement: { ...lease, kind: "fail", error: text, reason: "exhausted" } };
  const delay = later?.delay ?? backoff(job.attempts);
  const checkpoint = checkpointOf(error);
  return {
    settlement: {
      ...lease,
      kind: "retry",
      runAt: new Date(now() + delay),
      error: text,
      counted,
      ...(checkpoint !== undefined && { checkpoint }),
    },
    ...(later?.pauseQueue && { pauseQueueMs: delay }),
  };
}

function hopelessReason(error: unknown): string | undefined {
  if (error instanceof PermanentFailure) return error.reason;
  return error instanceof DelayedMailError ? HOPELESS[error.code] : undefined;
}

function checkpointOf(error: unknown): Json | undefined {
  if (!(error instanceof RetryLater) || error.checkpoint === undefined) return undefined;
  return encode(error.checkpoint, "checkpoint");
}
