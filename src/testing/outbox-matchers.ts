import { InvalidOptionsError } from "../errors/errors.ts";
import type { ExpectedQueued } from "./assert-queued.ts";
import type { ExpectedSent } from "./assert-sent.ts";
import {
  judgeNothingOutgoing,
  judgeQueued,
  judgeQueuedCount,
  judgeSent,
  judgeSentCount,
} from "./expected/judge-outbox.ts";
import type { Verdict } from "./expected/judgement.ts";
import { show } from "./expected/show.ts";
import type {
  ActionOf,
  AnyHandler,
  AnyMailer,
  ExpectedArgs,
  ExpectedQueuedArgs,
  QueuedActionOf,
  Times,
} from "./fake/mailer-calls.ts";
import type { Outbox } from "./fake/outbox.ts";

/** What can be said of a fake mailer, or of what `captureMails()` gives. */
export interface OutboxMatchers<R> {
  /** As `assertSent`. */
  toHaveSent<F extends AnyMailer, K extends ActionOf<F>>(
    mailer: F,
    action: K,
    args: ExpectedArgs<F, K>,
    expected?: ExpectedSent<F, K> & Times,
  ): R;
  toHaveSent<F extends AnyMailer, K extends ActionOf<F>>(
    mailer: F,
    action: K,
    expected?: ExpectedSent<F, K> & Times,
  ): R;
  /** As `assertQueued`. */
  toHaveQueued<F extends AnyHandler, K extends QueuedActionOf<F>>(
    handler: F,
    action: K,
    args: ExpectedQueuedArgs<F, K>,
    expected?: ExpectedQueued<F, K> & Times,
  ): R;
  toHaveQueued<F extends AnyHandler, K extends QueuedActionOf<F>>(
    handler: F,
    action: K,
    expected?: ExpectedQueued<F, K> & Times,
  ): R;
  /** As `assertSentCount`. */
  toHaveSentCount(count: number): R;
  /** As `assertQueuedCount`. */
  toHaveQueuedCount(count: number): R;
  /** As `assertNothingOutgoing`. */
  toHaveNothingOutgoing(): R;
}

export const outboxMatchers = {
  toHaveSent: (received: unknown, ...asked: readonly unknown[]): Verdict =>
    judgeSent("toHaveSent", outboxIn("toHaveSent", received), asked),
  toHaveQueued: (received: unknown, ...asked: readonly unknown[]): Verdict =>
    judgeQueued("toHaveQueued", outboxIn("toHaveQueued", received), asked),
  toHaveSentCount: (received: unknown, count: number): Verdict =>
    judgeSentCount(outboxIn("toHaveSentCount", received), count),
  toHaveQueuedCount: (received: unknown, count: number): Verdict =>
    judgeQueuedCount(outboxIn("toHaveQueuedCount", received), count),
  toHaveNothingOutgoing: (received: unknown): Verdict =>
    judgeNothingOutgoing(outboxIn("toHaveNothingOutgoing", received)),
};

/** @throws InvalidOptionsError */
function outboxIn(matcher: string, received: unknown): Outbox {
  if (isOutbox(received)) return received;
  throw new InvalidOptionsError(matcher, [
    `expect() must be given what fakeMailer() or captureMails() gives, and was given ${show(received)}`,
  ]);
}

function isOutbox(value: unknown): value is Outbox {
  return typeof value === "object" && value !== null && "sent" in value && "queued" in value;
}
