import { AsyncLocalStorage } from "node:async_hooks";
import type { Job } from "../../jobs/job.ts";
import type { SentMail } from "../../mail/callbacks.ts";
import type { FakeMailer } from "./fake-mailer.ts";
import { FakeMailerError } from "./fake-mailer-error.ts";
import { openFake } from "./fake-slot.ts";
import type { Outbox } from "./outbox.ts";

/** What went out while a block ran, and what the block gave back. */
export interface CapturedMails<T> extends Outbox {
  readonly sent: readonly SentMail[];
  /** Those that wait in the queue since. */
  readonly queued: readonly Job[];
  readonly result: T;
}

/** The blocks that are open around the code that runs. */
const around = new AsyncLocalStorage<object>();

/** The last one that was begun, which a test that was given up may have left. */
const innermost = new WeakMap<FakeMailer, object>();

/**
 * Runs a block, and gives what was sent and queued meanwhile.
 * @throws FakeMailerError when another block runs at the same time: each would have the mails of both
 * @example const { sent } = await captureMails(() => shop.order("ann@example.com"));
 */
export async function captureMails<T>(block: () => T | Promise<T>): Promise<CapturedMails<T>> {
  const { mailer } = openFake("captureMails");
  const outer = innermost.get(mailer);
  if (outer !== undefined && around.getStore() !== outer) throw new FakeMailerError(AT_THE_SAME_TIME);
  const mine = {};
  innermost.set(mailer, mine);
  try {
    const sentBefore = mailer.sent.length;
    const queuedBefore = new Set(mailer.queued.map(({ id }) => id));
    const result = await around.run(mine, async () => block());
    const queued = mailer.queued.filter(({ id }) => !queuedBefore.has(id));
    return { sent: mailer.sent.slice(sentBefore), queued, result };
  } finally {
    if (outer === undefined) innermost.delete(mailer);
    else innermost.set(mailer, outer);
  }
}

const AT_THE_SAME_TIME =
  "Two blocks of captureMails() run at the same time, so that each would have the mails of both: await the one before the other, " +
  "and let tests of mails run one after the other in a process.";
