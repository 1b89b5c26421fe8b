import { InvalidOptionsError } from "../errors.ts";
import type { NewJob } from "../job-record.ts";
import type { Posting } from "../message.ts";
import type { Registry } from "../performable.ts";
import { resolveDelay } from "./delay-options.ts";
import { type JobDefaults, newJob } from "./new-job.ts";
import type { Inserted, JobStore } from "./store.ts";

interface PostOptions {
  readonly store: Pick<JobStore, "insert">;
  readonly registry: Registry;
  readonly defaults: JobDefaults;
  readonly messageIdDomain: string;
  readonly now?: () => number;
}

/**
 * Checks messages and stores their calls in one write. Nothing is stored when one of them does not pass.
 * @throws InvalidOptionsError | InvalidArgumentsError | UnstorableValueError | UnknownActionError | StoreError
 */
export async function postMessages(
  postings: readonly Posting[],
  options: PostOptions,
): Promise<readonly Inserted[]> {
  const jobs = await Promise.all(postings.map((posting) => jobOf(posting, options)));
  const sessions = new Set(postings.map((posting) => posting.options.session));
  if (sessions.size > 1)
    throw new InvalidOptionsError("deliverAllLater", ["all messages must have one session"]);
  const [session] = sessions;
  return options.store.insert(jobs, session === undefined ? {} : { session });
}

async function jobOf(
  { message, options }: Posting,
  { registry, defaults, messageIdDomain, now = Date.now }: PostOptions,
): Promise<NewJob> {
  const { mailer, action, params, settings } = message;
  const delay = resolveDelay(`${mailer}.${action}`, options, now);
  const args = await registry.find(mailer, action).check(action, message.args);
  const meta = message.meta(messageIdDomain, delay.runAt ?? new Date(now()));
  return newJob({ performable: mailer, action, args, params, meta }, { delay, settings, defaults });
}
