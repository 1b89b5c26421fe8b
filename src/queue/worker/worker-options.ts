import { z } from "zod";
import { checkedOptions } from "../../checked-options.ts";
import { InvalidOptionsError } from "../../errors/errors.ts";
import type { ClaimOrder } from "../../jobs/job-store.ts";

/** How a worker works. Every option may be left out. */
export interface WorkerOptions {
  /** Stands before the worker's identity, in `lockedBy`, events and logs. Two workers of one name are still two. */
  readonly name?: string;
  /** Jobs performed at once. @default 20 */
  readonly concurrency?: number;
  /** Only jobs of these queues; none given means all. @default [] */
  readonly queues?: readonly string[];
  /** Only jobs of this priority or a higher number. */
  readonly minPriority?: number;
  /** Only jobs of this priority or a lower number. */
  readonly maxPriority?: number;
  /**
   * In which order jobs of several queues are taken. `fair`: lowest priority number first, and queues take turns among jobs of one
   * priority; `priority`: lowest number first, then the earliest, whatever the queue; `strict`: the first of `queues` before the
   * second, and so on. @default "fair"
   */
  readonly order?: ClaimOrder;
  /** How many jobs a queue gets for one of another where the order is fair, by its name. @default 1 */
  readonly weights?: Readonly<Record<string, number>>;
  /**
   * How many jobs of a queue may be held at once, by its name: long jobs do not take all places. A chunk of a newsletter uses all of
   * the transport's connections by itself. @default { newsletters: 2 }
   */
  readonly limits?: Readonly<Record<string, number>>;
  /**
   * How long to wait before looking again when nothing was due and nothing rang, in ms; five times as long where the store tells of
   * jobs that others stored. @default 1_000
   */
  readonly sleepDelay?: number;
  /** Leave when nothing is due. @default false */
  readonly exitOnComplete?: boolean;
  /** How long running jobs may go on after `stop()`, in ms; then they are aborted and handed back. @default 25_000 */
  readonly grace?: number;
  /** How long one attempt may take at most, in ms; jobs may say less. @default 14_400_000, which is 4 hours */
  readonly maxRunTime?: number;
  /** How long a claim lasts unless extended, in ms: a killed worker's jobs run elsewhere after that. @default 30_000 */
  readonly lease?: number;
  /** How often leases are extended, in ms. Defaults to a third of the lease. */
  readonly heartbeat?: number;
  /** How often leases of dead workers are looked for, in ms. Defaults to a third of the lease. */
  readonly reapEvery?: number;
}

/** The longest a timer can wait, in ms: 24.8 days. */
const MAX_TIMER = 2 ** 31 - 1;

const schema = z.strictObject({
  name: z
    .string()
    .regex(/^\S{1,100}$/, "must be 1 to 100 characters without spaces")
    .optional(),
  concurrency: z.int().min(1).max(10_000).default(20),
  queues: z.array(z.string().min(1)).default([]),
  minPriority: z.int32().optional(),
  maxPriority: z.int32().optional(),
  sleepDelay: z.number().min(1).max(86_400_000).default(1_000),
  exitOnComplete: z.boolean().default(false),
  grace: z.number().min(0).max(86_400_000).default(25_000),
  order: z.enum(["fair", "priority", "strict"]).default("fair"),
  weights: z.record(z.string(), z.number().positive().max(1_000)).default({}),
  limits: z.record(z.string(), z.int().min(1)).default({ newsletters: 2 }),
  maxRunTime: z
    .number()
    .min(1)
    .max(MAX_TIMER)
    .default(4 * 3_600_000),
  lease: z.int().min(1_000).max(86_400_000).default(30_000),
  heartbeat: z.number().min(100).optional(),
  reapEvery: z.number().min(100).max(86_400_000).optional(),
});

export type ResolvedWorkerOptions = Omit<z.output<typeof schema>, "heartbeat" | "reapEvery"> & {
  readonly heartbeat: number;
  readonly reapEvery: number;
};

/** @throws InvalidOptionsError naming every option that is unknown or out of range */
export function resolveWorkerOptions(options: WorkerOptions): ResolvedWorkerOptions {
  const checked = checkedOptions("worker", schema, options);
  const { lease, heartbeat = lease / 3, reapEvery = lease / 3 } = checked;
  if (checked.order === "strict" && checked.queues.length === 0)
    throw new InvalidOptionsError("worker", ['order: "strict" needs queues, which are its order']);
  if (heartbeat > lease / 2)
    throw new InvalidOptionsError("worker", ["heartbeat: must be at most half the lease"]);
  return { ...checked, heartbeat, reapEvery };
}
