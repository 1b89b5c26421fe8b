import ms from "ms";
import { headline } from "../../jobs/describe-error.ts";
import type { Job } from "../../jobs/job.ts";
import { recipientsOf } from "../../mail/addresses.ts";
import type { SentMail } from "../../mail/callbacks.ts";
import type { RenderedMail } from "../../mail/mail.ts";
import { CHUNK_SENDER } from "../../newsletters/chunk-job.ts";
import { delayOf } from "../expected/expected-job.ts";
import { cut, show } from "../expected/show.ts";
import { howOften } from "../failure-text.ts";
import { showCall } from "./mailer-calls.ts";

const MAX_CALL = 160;
const MAX_RECIPIENTS = 3;

/** A sent mail on one line: the call it comes from, whom it went to, its subject. */
export function lineOfMail(sent: SentMail): string {
  return `${cut(showCall(sent), MAX_CALL)} to ${everybody(sent.mail)}: ${show(sent.mail.subject)}`;
}

/** The recipients of a mail, or some of them where they are many. */
export function everybody(mail: RenderedMail): string {
  const addresses = recipientsOf(mail);
  const more = addresses.length - MAX_RECIPIENTS;
  return addresses.slice(0, MAX_RECIPIENTS).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A queued call on one line, with what is not as usual about it. */
export function lineOfJob(job: Job): string {
  const { queue, priority, attempts, lastError, record } = job;
  const delay = delayOf(job);
  const facts = [
    `in queue ${show(queue)}`,
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ...(record.uniqueKey === undefined || isChunk(job) ? [] : [`unique key ${show(record.uniqueKey)}`]),
    ...(delay > 0 ? [`due in ${ms(delay)}`] : []),
    ...(lastError === undefined ? [] : [`${tried(attempts)}: ${cut(headline(lastError), MAX_CALL)}`]),
  ];
  return `${cut(callOfJob(job), MAX_CALL)} ${facts.join(", ")}`;
}

/** What a job does, in words where a person would not know its name. */
export function callOfJob(job: Job): string {
  return isChunk(job) ? "a chunk of a newsletter" : showCall(job);
}

export function isChunk({ handler }: Job): boolean {
  return handler === CHUNK_SENDER;
}

/** An attempt that is no fault of the call's is given back. */
function tried(attempts: number): string {
  return attempts === 0 ? "put off" : `tried ${howOften(attempts)}`;
}
