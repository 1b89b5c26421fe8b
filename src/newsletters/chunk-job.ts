import type { NewJob } from "../jobs/job-record.ts";
import { newJob } from "../queue/enqueue/new-job.ts";
import type { NewsletterRecord } from "./newsletter-store.ts";

/** The stored name of chunk jobs. */
export const CHUNK_SENDER = "delayed-mailer.newsletter";
export const SEND_CHUNK = "sendChunk";

/**
 * How often in a row workers may go away while they hold a chunk that does not get on: more often than they die on one recipient, who is
 * found and left out first.
 */
const MAX_CRASHES = 20;

/** When a job is due that waits until it is woken: the last year that every store and tool can write. */
export const WHEN_WOKEN = new Date("9999-12-31T00:00:00Z");

/**
 * The job that sends a chunk. The chunk's id is its unique key, so that storing it again is harmless.
 * @param runAt when it is due. Defaults to now
 */
export function chunkJob(
  { id: group, queue, priority, maxAttempts, meta }: NewsletterRecord,
  chunkId: string,
  runAt?: Date,
): NewJob {
  // The first three are the newsletter's own; what plugins carry, each of its jobs has too.
  const { seed: _seed, domain: _domain, date: _date, ...carried } = meta;
  const call = { handler: CHUNK_SENDER, action: SEND_CHUNK, args: [chunkId], params: {}, meta: carried };
  const delay = { uniqueKey: chunkId, runAt };
  const job = newJob(call, { delay, settings: {}, defaults: { queue, priority, maxAttempts } });
  return { ...job, group, maxCrashes: MAX_CRASHES };
}
