import type { RecordGonePolicy } from "../../errors/error-meaning.ts";
import { isRecordGone, meaningOf } from "../../errors/error-meaning.ts";
import {
  NewerFormatError,
  PermanentFailure,
  RetryLater,
  UnknownActionError,
  UnstorableValueError,
} from "../../errors/errors.ts";
import { quarticBackoff } from "../../jobs/backoff.ts";
import { describeError } from "../../jobs/describe-error.ts";
import type { Backoff } from "../../jobs/handler.ts";
import type { JobRecord, Json } from "../../jobs/job-record.ts";
import type { Settlement } from "../../jobs/job-store.ts";
import { encode, sizeOf } from "../../jobs/stored-value.ts";

export const LEASE_LOST = "the lease was lost";
export const STOPPING = "the worker is stopping";

/** What an error does to a job. */
export interface Disposition {
  /** Undefined when the lease was lost, so that nothing may be written. */
  readonly settlement: Settlement | undefined;
  /** Leave the job's queue alone for so long, because what all its jobs need is down. */
  readonly pauseQueueMs?: number;
}

export interface DispositionOptions {
  /** Of the job's handler, else the worker's. */
  readonly backoff: Backoff;
  /** Why the attempt was aborted, if it was. */
  readonly abortReason: unknown;
  readonly keepFailed: boolean;
  readonly recordGone: RecordGonePolicy;
  /** A job no older than this, in ms, may be of newer code than this process's: what it does not know is left to others. */
  readonly deployGraceMs: number;
  /** Whether what is not known is another service's, and never failed here. */
  readonly leavesUnknown: boolean;
  readonly now: number;
}

/** When a job that was left to others is offered again, in ms: while a deployment is under way, and for as long as it takes. */
const LEFT_FOR_MS = 5_000;
const LEFT_TO_OTHERS_MS = 30_000;

/** Says what becomes of a job whose attempt threw. */
export function dispositionOf(job: JobRecord, error: unknown, options: DispositionOptions): Disposition {
  const lease = { id: job.id, token: job.lockToken ?? "" };
  if (options.abortReason === LEASE_LOST) return { settlement: undefined };
  const checkpoint = checkpointIn(error);
  if ("refusal" in checkpoint)
    return { settlement: { ...lease, kind: "fail", error: checkpoint.refusal, reason: "checkpoint" } };
  // A final ending is written all the same, because a mail that is to be held must not be sent again.
  if (options.abortReason === STOPPING && !(error instanceof PermanentFailure))
    return { settlement: release(lease, checkpoint, options.now) };
  const text = describeError(error);
  const later = error instanceof RetryLater ? error : undefined;
  const counted = later?.counted ?? true;
  const meaning = meaningOf(error, options.recordGone);
  const leftForMs = leftFor(job, error, options);
  if (leftForMs !== undefined) {
    const runAt = new Date(options.now + leftForMs);
    return { settlement: { ...lease, kind: "retry", runAt, error: text, counted: false } };
  }
  const { hopeless } = meaning;
  if (hopeless || (counted && job.attempts >= job.maxAttempts)) {
    const isDiscarded = isRecordGone(error) && options.recordGone === "discard";
    const keep = options.keepFailed && !isDiscarded ? {} : { keep: false };
    return { settlement: { ...lease, kind: "fail", error: text, reason: hopeless ?? "exhausted", ...keep } };
  }
  const runAt = nextRun(job, error, options);
  const pauseQueueMs = later?.pauseQueue ? { pauseQueueMs: runAt.getTime() - options.now } : {};
  const settlement = {
    ...lease,
    kind: "retry",
    runAt,
    error: text,
    counted,
    ...checkpoint,
  } as const;
  return { settlement, ...pauseQueueMs };
}

/** The error's own word comes first, then the options of the call, then those of the handler, then those of the worker. */
function nextRun(job: JobRecord, error: unknown, { backoff, now }: DispositionOptions): Date {
  const { delay: asked, notBefore = 0 } = error instanceof RetryLater ? error : {};
  const step = job.backoff?.[Math.min(job.attempts, job.backoff.length) - 1];
  const next = asked ?? step ?? backedOff(job, error, backoff, now);
  const time = next instanceof Date ? next.getTime() : now + next;
  const wanted = Number.isNaN(time) ? now + fallback(job.attempts) : time;
  return new Date(Math.max(0, wanted, notBefore > 0 ? now + notBefore : 0));
}

/** A backoff that throws must not cost the job: it is then put off as delayed_job would. */
function backedOff(
  { id, handler, action, attempts }: JobRecord,
  error: unknown,
  backoff: Backoff,
  now: number,
): number | Date {
  try {
    return backoff(attempts, { jobId: id, handler, action, error, now: new Date(now) });
  } catch {
    return fallback(attempts);
  }
}

const quartic = quarticBackoff();

function fallback(attempts: number): number {
  return Number(quartic(attempts));
}

/** A job that was told to stop is handed back, with what it wants its next attempt to know. */
function release(lease: Pick<Settlement, "id" | "token">, checkpoint: Checkpoint, now: number): Settlement {
  if (checkpoint.checkpoint === undefined) return { ...lease, kind: "release" };
  return { ...lease, kind: "retry", runAt: new Date(now), error: STOPPING, counted: false, ...checkpoint };
}

/** For how long a job that this process does not know is left to others, in ms; undefined when it is not. */
function leftFor(
  { createdAt }: JobRecord,
  error: unknown,
  { deployGraceMs, leavesUnknown, recordGone, now }: DispositionOptions,
): number | undefined {
  const isYoung = now - createdAt.getTime() < deployGraceMs;
  if (isYoung && meaningOf(error, recordGone).isVersionSkew) return LEFT_FOR_MS;
  if (error instanceof NewerFormatError) return LEFT_TO_OTHERS_MS;
  return leavesUnknown && error instanceof UnknownActionError ? LEFT_TO_OTHERS_MS : undefined;
}

interface Checkpoint {
  readonly checkpoint?: Json;
}

/** Of a job, in bytes: beside its call and its error it has to fit into a document of MongoDB, which ends at 16 MiB. */
const MAX_CHECKPOINT = 1024 * 1024;

/** A checkpoint that no store would take must not be kept from the job's next attempt in silence: that could do twice what was done. */
function checkpointIn(error: unknown): Checkpoint | { readonly refusal: string } {
  if (!(error instanceof RetryLater) || error.checkpoint === undefined) return {};
  try {
    const checkpoint = encode(error.checkpoint, "The checkpoint");
    const size = sizeOf(checkpoint);
    if (size <= MAX_CHECKPOINT) return { checkpoint };
    throw new UnstorableValueError("The checkpoint", `${size} bytes (at most ${MAX_CHECKPOINT})`);
  } catch (refusal) {
    return { refusal: `${describeError(refusal)}\nCaused by ${describeError(error)}` };
  }
}
