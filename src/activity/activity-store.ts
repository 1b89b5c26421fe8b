/** What was done in some time, by one queue, one mailer's action, or everybody. */
export interface Counts {
  /** Jobs that are done. */
  readonly done: number;
  /** Attempts that are tried again. */
  readonly retried: number;
  /** Jobs that were given up. */
  readonly failed: number;
  /** Mails that a server took, those of newsletters too; counted for everybody and by action alone. */
  readonly sent: number;
  /** Jobs begun. */
  readonly begun: number;
  /** How long those waited after they were due, in ms, all together. */
  readonly waitMs: number;
}

export const NO_COUNTS: Counts = { done: 0, retried: 0, failed: 0, sent: 0, begun: 0, waitMs: 0 };

/** The names of what is counted, in a fixed order. */
export const COUNTED_THINGS = ["done", "retried", "failed", "sent", "begun", "waitMs"] as const;

/** What `Counts` are of: everybody, a queue, or `Mailer.action`. */
export type Subject = "all" | "queue" | "mail";

export interface CountsOf {
  readonly subject: Subject;
  /** Empty for everybody. */
  readonly name: string;
  readonly counts: Counts;
}

/** How long a slot of each history is, and for how long it is kept, in ms. */
export const HISTORIES = {
  day: { slotMs: 5 * 60_000, keepMs: 24 * 3_600_000 },
  month: { slotMs: 3_600_000, keepMs: 31 * 24 * 3_600_000 },
} as const;

export type History = keyof typeof HISTORIES;

export interface Slot extends CountsOf {
  /** When it begins. */
  readonly at: Date;
}

/** How a worker says it stands, every now and then. */
export interface WorkerReport {
  /** Its id, which is random at every start. */
  readonly worker: string;
  readonly host: string;
  readonly pid: number;
  /** Of this package. */
  readonly version: string;
  /** Empty for all. */
  readonly queues: readonly string[];
  readonly concurrency: number;
  /** How many jobs of a queue it holds at once, by its name. Older versions did not say. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly startedAt: Date;
  /** When it said so. */
  readonly at: Date;
  /** What it performs now, the longest first, at most twenty of them. */
  readonly running: readonly RunningJob[];
  /** How many it performs now. */
  readonly runningCount: number;
  /** Jobs done since its start. */
  readonly done: number;
  /** Attempts that ended in an error since its start. */
  readonly failed: number;
  /** How long the event loop of its process was held up at most since the report before, in ms. */
  readonly lagMs: number;
  /** Memory of its process (resident set), in bytes. */
  readonly memory: number;
}

export interface RunningJob {
  readonly id: string;
  /** `Mailer.action`. */
  readonly call: string;
  readonly queue: string;
  readonly since: Date;
}

/** A worker that has not reported for so long is taken for gone, in ms; the record of it is removed. */
export const GONE_AFTER_MS = 5 * 60_000;

/**
 * What workers did and do, for people. The contract, run by every store from test/contracts/activity-store.ts:
 *
 * - `add` puts counts into the slots of both histories that hold a time, in one write; what several workers add, adds up.
 * - A history is bounded: slots that are too old are not given, and are removed by whoever adds.
 * - Nothing here is needed for a mail to be sent: what a worker that is killed had not added is missing from the history.
 */
export interface ActivityStore {
  add(at: Date, counts: readonly CountsOf[]): Promise<void>;
  /** The slots that have something in them, the oldest first. @param now by which "too old" is judged */
  history(history: History, now: Date): Promise<readonly Slot[]>;
  report(report: WorkerReport): Promise<void>;
  /** A worker has ended. */
  leave(worker: string): Promise<void>;
  /** The newest report of each worker that is not gone, by id. @param now by which "gone" is judged */
  workers(now: Date): Promise<readonly WorkerReport[]>;
}

/** The beginning of the slot that holds a time. */
export function slotAt(history: History, at: Date): Date {
  const { slotMs } = HISTORIES[history];
  return new Date(Math.floor(at.getTime() / slotMs) * slotMs);
}

/** The beginning of the first slot that is kept. */
export function firstSlot(history: History, now: Date): Date {
  return slotAt(history, new Date(now.getTime() - HISTORIES[history].keepMs + HISTORIES[history].slotMs));
}
