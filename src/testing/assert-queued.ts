import type { Job } from "../jobs/job.ts";
import { check } from "./expected/check.ts";
import type { ExpectedJob } from "./expected/expected-job.ts";
import { judgeQueued, judgeQueuedCount } from "./expected/judge-outbox.ts";
import { openFake } from "./fake/fake-slot.ts";
import type {
  AnyHandler,
  Expectable,
  ExpectedQueuedArgs,
  ParamsOf,
  QueuedActionOf,
  QueuedArgsOf,
  RecordIdOf,
  Times,
} from "./fake/mailer-calls.ts";

/** A job with the arguments of its action. */
export type QueuedBy<F, K> = Job & { readonly args: QueuedArgsOf<F, K> };

/** What only some have: a mailer its params, a record its id. */
type Expectations<F, K> = K extends `#${string}`
  ? { readonly id?: Expectable<RecordIdOf<F>> }
  : { readonly params?: ParamsOf<F> };

/** How a call is to be queued, or a function that says whether it is the one. */
export type ExpectedQueued<F, K> =
  | (Omit<ExpectedJob, "id"> & Expectations<F, K>)
  | ((job: QueuedBy<F, K>) => boolean);

/**
 * A call of this action, of this job, or of this method of a record, waits in the queue, whether it is due or not. What was performed is not there any more.
 * @param args those of the call; `anything()`, `like()`, `expect.any(String)` and the like may stand for any of them
 * @throws AssertionError which lists what is in the queue, and says how the nearest call differs
 * @example assertQueued(UserMailer, "remind", ["ann@example.com"], { in: "2h", queue: "reminders" });
 * @example assertQueued(ResizeImage, "perform", ["cat.png", 640]);
 * @example assertQueued(Post, "#publish", [], { id: post.id }); assertQueued(Post, "archiveOlderThan", [365]);
 */
export function assertQueued<F extends AnyHandler, K extends QueuedActionOf<F>>(
  handler: F,
  action: K,
  args: ExpectedQueuedArgs<F, K>,
  expected?: ExpectedQueued<F, K> & Times,
): void;
export function assertQueued<F extends AnyHandler, K extends QueuedActionOf<F>>(
  handler: F,
  action: K,
  expected?: ExpectedQueued<F, K> & Times,
): void;
export function assertQueued(...asked: readonly unknown[]): void {
  check(judgeQueued("assertQueued", openFake("assertQueued").mailer, asked), {
    wanted: true,
    caller: assertQueued,
  });
}

/** No such call is in the queue. @throws AssertionError which lists what is */
export function assertNotQueued<F extends AnyHandler, K extends QueuedActionOf<F>>(
  handler: F,
  action: K,
  args: ExpectedQueuedArgs<F, K>,
  expected?: ExpectedQueued<F, K>,
): void;
export function assertNotQueued<F extends AnyHandler, K extends QueuedActionOf<F>>(
  handler: F,
  action: K,
  expected?: ExpectedQueued<F, K>,
): void;
export function assertNotQueued(...asked: readonly unknown[]): void {
  check(judgeQueued("assertNotQueued", openFake("assertNotQueued").mailer, asked), {
    wanted: false,
    caller: assertNotQueued,
  });
}

/** So many calls are in the queue, of whatever mailers; a newsletter has one for each chunk. @throws AssertionError which lists them */
export function assertQueuedCount(count: number): void {
  check(judgeQueuedCount(openFake("assertQueuedCount").mailer, count), {
    wanted: true,
    caller: assertQueuedCount,
  });
}

/** The queue is empty. @throws AssertionError which lists what is in it */
export function assertNothingQueued(): void {
  check(judgeQueuedCount(openFake("assertNothingQueued").mailer, 0), {
    wanted: true,
    caller: assertNothingQueued,
  });
}
