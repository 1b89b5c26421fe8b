import type { Events } from "../../events.ts";
import type { Backoff, JobHost, Registry } from "../../jobs/handler.ts";
import type { JobStore } from "../../jobs/job-store.ts";
import type { Lifecycle } from "../lifecycle.ts";
import type { Disposition } from "./disposition.ts";

/** How an attempt ended: what is to be written of it, and what the worker has to know. */
export interface AttemptResult extends Disposition {
  /** What the work gave back. */
  readonly value?: unknown;
  /** What the attempt failed with. */
  readonly error?: unknown;
  /** The hooks that may not undo what happened: to be run when the settlement is in the store. */
  readonly afterwards?: () => Promise<void>;
  /** Resolves when the work has really ended, which is later where it went beyond its time limit. */
  readonly ended: Promise<void>;
}

export interface AttemptOptions {
  readonly registry: Registry;
  /** The application that the jobs belong to. */
  readonly host: JobHost;
  /** For jobs whose handler sets none. */
  readonly backoff: Backoff;
  readonly lifecycle: Lifecycle;
  readonly events: Events;
  readonly store: JobStore;
  /** The worker's id, for plugins. */
  readonly worker: string;
  /** How long an attempt may take at most, in ms. */
  readonly maxRunTime: number;
  /** Whether given-up jobs are kept where their handler does not say. */
  readonly keepFailed: boolean;
  /** How long a job that this process does not know is left to others, in ms from when it was stored. */
  readonly deployGraceMs: number;
  /** Whether a job whose handler or action is not known is never failed, but left to others. @default false */
  readonly leavesUnknown?: boolean;
  readonly now: () => number;
}
