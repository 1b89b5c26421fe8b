import type { Job } from "../../jobs/job.ts";
import type { SentMail } from "../../mail/callbacks.ts";
import { listing, type Wording } from "../failure-text.ts";
import { lineOfJob, lineOfMail } from "../fake/captured-lines.ts";
import type { Outbox } from "../fake/outbox.ts";
import { hintsOfFailure, hintsOfQueue, hintsOfSent } from "../hints.ts";
import { type FieldMatcher, readExpectation } from "./expectation.ts";
import { differencesOfJob, JOB_FIELDS } from "./expected-job.ts";
import { differencesOfMail, MAIL_FIELDS } from "./expected-mail.ts";
import { judge, type Verdict } from "./judgement.ts";

interface Kind<T> extends FieldMatcher<T>, Wording {
  readonly lineOf: (item: T) => string;
  /** "Expected 2 mails to be sent" */
  readonly wantedCount: (count: number) => string;
}

const SENT: Kind<SentMail> = {
  fields: MAIL_FIELDS,
  differences: (expected, { mail }) => differencesOfMail(expected, mail),
  lineOf: lineOfMail,
  wanted: "this mail to be sent",
  unwanted: "this mail not to be sent",
  captured: (count) => `${mails(count)} ${count > 1 ? "were" : "was"} sent`,
  wantedCount: (count) => `${mails(count).replace("No", "no")} to be sent`,
};

const QUEUED: Kind<Job> = {
  fields: JOB_FIELDS,
  differences: differencesOfJob,
  lineOf: lineOfJob,
  wanted: "this call to be in the queue",
  unwanted: "this call not to be in the queue",
  captured: (count) =>
    count === 0 ? "The queue is empty" : `${calls(count)} ${count > 1 ? "are" : "is"} in the queue`,
  wantedCount: (count) => (count === 0 ? "the queue to be empty" : `${calls(count)} to be in the queue`),
};

function mails(count: number): string {
  if (count === 0) return "No mail";
  return count === 1 ? "1 mail" : `${count} mails`;
}

function calls(count: number): string {
  return count === 1 ? "1 call" : `${count} calls`;
}

/** Whether such a mail was sent. @param asked the arguments of `assertSent` */
export function judgeSent(caller: string, outbox: Outbox, asked: readonly unknown[]): Verdict {
  const expectation = readExpectation(caller, asked, SENT);
  const hints = () => [...hintsOfQueue(expectation, outbox), ...hintsOfFailure(expectation, outbox)];
  return judge(expectation, { ...SENT, items: outbox.sent, hints });
}

/** Whether such a call is in the queue. @param asked the arguments of `assertQueued` */
export function judgeQueued(caller: string, outbox: Outbox, asked: readonly unknown[]): Verdict {
  const expectation = readExpectation(caller, asked, QUEUED);
  const hints = () => [...hintsOfSent(expectation, outbox), ...hintsOfFailure(expectation, outbox)];
  return judge(expectation, { ...QUEUED, items: outbox.queued, hints });
}

/** Whether so many mails were sent. */
export function judgeSentCount({ sent }: Outbox, count: number): Verdict {
  return judgeCount(SENT, sent, count);
}

/** Whether so many calls are in the queue. */
export function judgeQueuedCount({ queued }: Outbox, count: number): Verdict {
  return judgeCount(QUEUED, queued, count);
}

/** Whether nothing was sent and nothing is in the queue. */
export function judgeNothingOutgoing({ sent, queued }: Outbox): Verdict {
  const pass = sent.length + queued.length === 0;
  const expected = pass ? "something to go out" : "nothing to go out";
  const message = () => [`Expected ${expected}.`, list(SENT, sent), list(QUEUED, queued)].join("\n\n");
  return { pass, message };
}

function judgeCount<T>(kind: Kind<T>, items: readonly T[], count: number): Verdict {
  const pass = items.length === count;
  const message = () => `Expected ${pass ? "not " : ""}${kind.wantedCount(count)}.\n\n${list(kind, items)}`;
  return { pass, message };
}

function list<T>({ captured, lineOf }: Kind<T>, items: readonly T[]): string {
  return listing(captured(items.length), items.map(lineOf));
}
