import { z } from "zod";
import { checkedOptions } from "../../checked-options.ts";
import { failure } from "../expected/check.ts";
import { openFake } from "./fake-slot.ts";
import { performanceText } from "./performance-text.ts";
import { type PerformedQueue, QueueRun } from "./queue-run.ts";

export interface PerformQueuedOptions {
  /** Only calls of these queues; none given means all. @default [] */
  readonly queues?: readonly string[];
  /** Perform too what is due until then, each call at its own time: the fake mailer's clock moves, and stays there. */
  readonly until?: Date;
  /** Perform everything that waits, whenever it is due, and what that puts into the queue. @default false */
  readonly all?: boolean;
  /** What fails is only told, and tried again when its time comes. @default false: it throws */
  readonly allowFailures?: boolean;
  /** How many attempts may be made: calls that queue others would never end. @default 1_000 */
  readonly limit?: number;
}

const schema = z
  .strictObject({
    queues: z.array(z.string().min(1)).default([]),
    until: z.date("must be a valid Date").optional(),
    all: z.boolean().default(false),
    allowFailures: z.boolean().default(false),
    limit: z.int().min(1).default(1_000),
  })
  .refine(({ until, all }) => until === undefined || !all, { error: "give `until` or `all`, not both" });

/**
 * Performs what is in the queue as a worker does, one call after another, until nothing is due.
 * @throws AssertionError naming every attempt that failed, every recipient of a newsletter who got no mail, and every hook and
 * callback that threw, with their errors; its `cause` is the first of them
 * @throws FakeMailerError when there is no end to it
 */
export async function performQueued(options: PerformQueuedOptions = {}): Promise<PerformedQueue> {
  const fake = openFake("performQueued");
  const checked = checkedOptions("performQueued", schema, options);
  const performed = await new QueueRun(fake, checked).run();
  const { failures, recipients, errors } = performed;
  if (checked.allowFailures || failures.length + recipients.length + errors.length === 0) return performed;
  const error = failure(performanceText(performed, fake.mailer.app.store), performQueued);
  error.cause = failures[0]?.cause ?? errors[0]?.error;
  throw error;
}
