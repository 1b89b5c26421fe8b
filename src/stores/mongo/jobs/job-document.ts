import type { Connection, Model, Mongoose, Schema, Types } from "mongoose";
import type { JobLimit } from "../../../jobs/job-limit.ts";
import type { AttemptError, JobProgress, JobRecord, JobState, NewJob } from "../../../jobs/job-record.ts";
import { UNREADABLE } from "../../../jobs/stored-value.ts";
import { mongooseOf, type ObjectIds } from "../application-mongoose.ts";

/** A job as it is stored in the collection. No field is ever null: a value that is missing has no field. */
export interface JobDocument {
  _id: Types.ObjectId;
  handler: string;
  action: string;
  /** Json. Its own type contains itself, which mongoose's types cannot express. */
  args: readonly unknown[];
  /** Json. */
  params: unknown;
  format?: number;
  meta: Readonly<Record<string, string>>;
  queue: string;
  priority: number;
  runAt: Date;
  state: JobState;
  attempts: number;
  maxAttempts: number;
  crashes: number;
  maxCrashes?: number;
  createdAt: Date;
  uniqueKey?: string;
  /** The unique key while it is taken by this job; what the unique index is on. */
  liveKey?: string;
  uniqueFor?: number;
  /** Until when a done job keeps its unique key. */
  keyUntil?: Date;
  group?: string;
  expiresAt?: Date;
  maxRunTime?: number;
  backoff?: readonly number[];
  /** Json. */
  checkpoint?: unknown;
  progress?: JobProgress;
  resultFor?: number;
  /** Json. */
  result?: unknown;
  limit?: JobLimit;
  /** When it is due, while it is behind others of its key. */
  dueAt?: Date;
  lockedAt?: Date;
  lockedBy?: string;
  lockedUntil?: Date;
  lockToken?: string;
  /** The claim that settled it last, or the call that replaced it. It tells a write that was applied from one that came too late. */
  settledBy?: string;
  lastError?: string;
  /** The record's `errors`, a name that mongoose keeps for itself. */
  attemptErrors?: readonly AttemptError[];
  failReason?: string;
  failedAt?: Date;
  finishedAt?: Date;
  /** When the TTL index deletes a done job. */
  purgeAt?: Date;
}

/** To `$unset` when a lease ends. */
export const UNLOCK = { lockToken: "", lockedBy: "", lockedAt: "", lockedUntil: "" } as const;

export type JobModel = Model<JobDocument>;

const text = { type: String, required: true } as const;
const count = { type: Number, required: true } as const;

/** Mixed values are stored as they are; `minimize` would drop empty objects from arguments. */
function jobSchema({ Schema }: Mongoose): Schema<JobDocument> {
  return new Schema<JobDocument>(
    {
      handler: text,
      action: text,
      args: { type: Schema.Types.Mixed, required: true },
      params: { type: Schema.Types.Mixed, required: true },
      format: Number,
      meta: { type: Schema.Types.Mixed, required: true },
      queue: text,
      priority: count,
      runAt: { type: Date, required: true },
      state: text,
      attempts: count,
      maxAttempts: count,
      crashes: count,
      maxCrashes: Number,
      createdAt: { type: Date, required: true },
      uniqueKey: String,
      liveKey: String,
      uniqueFor: Number,
      keyUntil: Date,
      group: String,
      expiresAt: Date,
      maxRunTime: Number,
      // Left out rather than empty when the call gives none.
      backoff: { type: [Number], default: undefined },
      checkpoint: Schema.Types.Mixed,
      progress: Schema.Types.Mixed,
      resultFor: Number,
      result: Schema.Types.Mixed,
      limit: Schema.Types.Mixed,
      dueAt: Date,
      lockedAt: Date,
      lockedBy: String,
      lockedUntil: Date,
      lockToken: String,
      settledBy: String,
      lastError: String,
      // Left out rather than empty while there is none.
      attemptErrors: { type: [Schema.Types.Mixed], default: undefined },
      failReason: String,
      failedAt: Date,
      finishedAt: Date,
      purgeAt: Date,
    },
    { minimize: false, versionKey: false, autoIndex: false, autoCreate: false, strict: "throw" },
  );
}

/** The mongoose model of jobs on a connection, made once. @param collection its collection's name */
export function jobModel(connection: Connection, collection: string): JobModel {
  const known: JobModel | undefined = connection.models[collection];
  return known ?? connection.model<JobDocument>(collection, jobSchema(mongooseOf(connection)), collection);
}

export function toDocument(job: NewJob, now: Date, ids: ObjectIds): JobDocument {
  const { id, runAt = now, uniqueKey, ...rest } = job;
  return {
    _id: ids.of(id),
    ...rest,
    runAt,
    state: "ready",
    attempts: 0,
    crashes: 0,
    createdAt: now,
    ...(uniqueKey !== undefined && { uniqueKey, liveKey: uniqueKey }),
  };
}

export function toRecord({
  _id,
  liveKey: _,
  purgeAt: __,
  settledBy: ___,
  keyUntil: ____,
  attemptErrors: errors,
  ...fields
}: JobDocument): JobRecord {
  // It was stored as Json. If somebody changed the list by hand, its job fails when it is performed.
  const args = Array.isArray(fields.args) ? fields.args : [{ [UNREADABLE]: typeof fields.args }];
  return { id: _id.toHexString(), ...(fields as Omit<JobRecord, "id">), args, ...(errors && { errors }) };
}

/** Leaves out the fields that are undefined, because a filter would look for documents without them. */
export function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
