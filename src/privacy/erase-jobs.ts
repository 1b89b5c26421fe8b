import type { Unread } from "../errors/errors.ts";
import type { JobRecord } from "../jobs/job-record.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Mentions } from "./mentions.ts";
import { closedParts } from "./sealed-call.ts";

/** What became of jobs that say an address. */
export interface ErasedJobs {
  /** Removed: waiting, failed and done ones, whose call says it. */
  readonly removed: number;
  /** Removed while they ran: their workers abort them, and what was sent by then was sent. */
  readonly cancelled: number;
  /** Kept without it: only their last error or their progress said it. */
  readonly blanked: number;
}

type Store = Pick<JobStore, "find" | "remove" | "cancel" | "rewriteTexts">;
type Ending = keyof ErasedJobs;

const PAGE = 200;
/** A job may be claimed, or end, between two steps. */
const TRIES = 5;

/** So many ids are told; there may be a million. */
const TOLD = 20;

/** Jobs that are kept and cannot be read here. */
class UnreadJobs {
  readonly #jobs: string[] = [];
  readonly #keyIds = new Set<string>();
  #count = 0;

  look(job: JobRecord): void {
    const closed = closedParts(job);
    if (closed.length === 0) return;
    this.#count += 1;
    if (this.#jobs.length < TOLD) this.#jobs.push(job.id);
    for (const { keyId } of closed) if (keyId !== undefined) this.#keyIds.add(keyId);
  }

  get all(): Unread {
    return { count: this.#count, jobs: this.#jobs, keyIds: [...this.#keyIds] };
  }
}

/** Goes through all jobs, a page at a time, oldest first. @throws StoreError */
export async function eraseJobs(
  mentions: Mentions,
  store: Store,
): Promise<{ readonly erased: ErasedJobs; readonly unread: Unread }> {
  const erased = { removed: 0, cancelled: 0, blanked: 0 };
  const unread = new UnreadJobs();
  for (let after: string | undefined; ; ) {
    const page = await store.find({ limit: PAGE, ...(after !== undefined && { after }) });
    for (const job of page) {
      const ending = await eraseJob(job, mentions, store);
      if (ending) erased[ending] += 1;
      if (ending !== "removed" && ending !== "cancelled") unread.look(job);
    }
    if (page.length < PAGE) return { erased, unread: unread.all };
    after = page.at(-1)?.id;
  }
}

async function eraseJob(job: JobRecord, mentions: Mentions, store: Store): Promise<Ending | undefined> {
  const { args, params, meta, uniqueKey, checkpoint, result, lastError, errors = [], progress } = job;
  const said = [args, params, meta, uniqueKey, checkpoint, result];
  if (said.some((part) => mentions.isIn(part))) return remove(job.id, store);
  const texts = {
    ...(mentions.isIn(lastError) && { lastError: mentions.without(lastError ?? "") }),
    ...(errors.some(({ error }) => mentions.isIn(error)) && {
      errors: errors.map((each) => ({ ...each, error: mentions.without(each.error) })),
    }),
    ...(mentions.isIn(progress?.text) && { progress: mentions.without(progress?.text ?? "") }),
  };
  if (Object.keys(texts).length === 0) return undefined;
  return (await store.rewriteTexts(job.id, texts)) ? "blanked" : undefined;
}

/** Whatever state it is in by now. @returns undefined when it was gone already */
async function remove(id: string, store: Store): Promise<Ending | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (await store.remove(id)) return "removed";
    if (await store.cancel(id)) return "cancelled";
  }
  return undefined;
}
