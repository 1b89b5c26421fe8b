import type { JobLimit } from "../../../jobs/job-limit.ts";
import type { AttemptError, JobRecord, JobState, Json, NewJob } from "../../../jobs/job-record.ts";
import { UNREADABLE } from "../../../jobs/stored-value.ts";

/** How much is shown of what cannot be read. */
const SHOWN = 100;

/** A row of the jobs table. */
export interface JobRow {
  readonly id: string;
  readonly handler: string;
  readonly action: string;
  readonly args: string;
  readonly params: string;
  readonly format: number | null;
  readonly meta: string;
  readonly queue: string;
  readonly priority: number;
  readonly run_at: number;
  readonly state: JobState;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly crashes: number;
  readonly max_crashes: number | null;
  readonly created_at: number;
  readonly unique_key: string | null;
  readonly job_group: string | null;
  readonly expires_at: number | null;
  readonly unique_for: number | null;
  readonly max_run_time: number | null;
  readonly backoff: string | null;
  readonly checkpoint: string | null;
  readonly progress: string | null;
  readonly progress_at: number | null;
  readonly result_for: number | null;
  readonly result: string | null;
  readonly limit_key: string | null;
  readonly limits: string | null;
  readonly due_at: number | null;
  readonly locked_at: number | null;
  readonly locked_by: string | null;
  readonly locked_until: number | null;
  readonly lock_token: string | null;
  readonly last_error: string | null;
  readonly errors: string | null;
  readonly fail_reason: string | null;
  readonly failed_at: number | null;
  readonly finished_at: number | null;
}

/** What is bound when a job is inserted. */
export function insertValues(job: NewJob, now: number): Record<string, string | number | null> {
  return {
    id: job.id,
    handler: job.handler,
    action: job.action,
    args: JSON.stringify(job.args),
    params: JSON.stringify(job.params),
    format: job.format ?? null,
    meta: JSON.stringify(job.meta),
    queue: job.queue,
    priority: job.priority,
    run_at: job.runAt?.getTime() ?? now,
    max_attempts: job.maxAttempts,
    max_crashes: job.maxCrashes ?? null,
    created_at: now,
    unique_key: job.uniqueKey ?? null,
    job_group: job.group ?? null,
    expires_at: job.expiresAt?.getTime() ?? null,
    unique_for: job.uniqueFor ?? null,
    max_run_time: job.maxRunTime ?? null,
    result_for: job.resultFor ?? null,
    limit_key: job.limit?.key ?? null,
    limits: job.limit === undefined ? null : JSON.stringify(job.limit),
    backoff: job.backoff === undefined ? null : JSON.stringify(job.backoff),
  };
}

/**
 * A row as a record: no column that is null has a field. What cannot be read, because somebody wrote into the file by hand, fails that
 * job when it is performed, and not the claim of all the others.
 */
export function toRecord(row: JobRow): JobRecord {
  return {
    id: row.id,
    handler: row.handler,
    action: row.action,
    args: argsOf(readJson(row.args)),
    params: readJson(row.params),
    meta: metaOf(readJson(row.meta)),
    queue: row.queue,
    priority: row.priority,
    runAt: new Date(row.run_at),
    state: row.state,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    crashes: row.crashes,
    createdAt: new Date(row.created_at),
    ...(row.format !== null && { format: row.format }),
    ...(row.max_crashes !== null && { maxCrashes: row.max_crashes }),
    ...(row.unique_key !== null && { uniqueKey: row.unique_key }),
    ...(row.job_group !== null && { group: row.job_group }),
    ...(row.expires_at !== null && { expiresAt: new Date(row.expires_at) }),
    ...(row.unique_for !== null && { uniqueFor: row.unique_for }),
    ...(row.max_run_time !== null && { maxRunTime: row.max_run_time }),
    ...backoffOf(row.backoff),
    ...(row.checkpoint !== null && { checkpoint: readJson(row.checkpoint) }),
    ...progressOf(row),
    ...(row.result_for !== null && { resultFor: row.result_for }),
    ...(row.result !== null && { result: readJson(row.result) }),
    ...(row.limits !== null && { limit: limitIn(row.limits) }),
    ...(row.due_at !== null && { dueAt: new Date(row.due_at) }),
    ...(row.locked_at !== null && { lockedAt: new Date(row.locked_at) }),
    ...(row.locked_by !== null && { lockedBy: row.locked_by }),
    ...(row.locked_until !== null && { lockedUntil: new Date(row.locked_until) }),
    ...(row.lock_token !== null && { lockToken: row.lock_token }),
    ...(row.last_error !== null && { lastError: row.last_error }),
    ...errorsOf(row.errors),
    ...(row.fail_reason !== null && { failReason: row.fail_reason }),
    ...(row.failed_at !== null && { failedAt: new Date(row.failed_at) }),
    ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
  };
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { [UNREADABLE]: text.slice(0, SHOWN) };
  }
}

/** `encode` wrote a list. */
function argsOf(json: Json): readonly Json[] {
  return Array.isArray(json) ? json : [{ [UNREADABLE]: JSON.stringify(json).slice(0, SHOWN) }];
}

function backoffOf(text: string | null): Pick<JobRecord, "backoff"> {
  const steps = text === null ? undefined : readJson(text);
  return Array.isArray(steps) ? { backoff: steps.map(Number) } : {};
}

function errorsOf(text: string | null): Pick<JobRecord, "errors"> {
  const kept = text === null ? undefined : readJson(text);
  return Array.isArray(kept) ? { errors: kept.flatMap(errorOf) } : {};
}

function errorOf(kept: unknown): readonly AttemptError[] {
  if (typeof kept !== "object" || kept === null || !("at" in kept && "error" in kept)) return [];
  const attempt = "attempt" in kept && typeof kept.attempt === "number" ? { attempt: kept.attempt } : {};
  return [{ ...attempt, at: new Date(Number(kept.at)), error: String(kept.error) }];
}

function progressOf({ progress, progress_at }: JobRow): Pick<JobRecord, "progress"> {
  if (progress === null || progress_at === null) return {};
  const said = readJson(progress);
  if (typeof said !== "object" || said === null || !("share" in said)) return {};
  const text = "text" in said && typeof said.text === "string" ? { text: said.text } : {};
  return { progress: { share: Number(said.share), ...text, at: new Date(progress_at) } };
}

/** `JSON.stringify` wrote it, of what had been checked. */
export function limitIn(text: string): JobLimit {
  return JSON.parse(text) as JobLimit;
}

function metaOf(json: Json): Readonly<Record<string, string>> {
  const entries = typeof json === "object" && json !== null ? Object.entries(json) : [];
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}
