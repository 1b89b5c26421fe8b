import type { JobRecord } from "../jobs/job-record.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { NewsletterStore } from "./newsletter-store.ts";

/** A chunk that is not complete and has no job that is waiting or running. */
export interface Orphan {
  readonly chunkId: string;
  /** Its job that was given up, where that is kept. */
  readonly failedJob: JobRecord | undefined;
}

export interface OrphansOptions {
  readonly jobs: Pick<JobStore, "count" | "find" | "liveKeys">;
  readonly ledger: NewsletterStore;
}

const PAGE = 500;

/** The chunks of a newsletter that nobody works on. Where there are none, which is the rule, it costs four counts by index. */
export async function* orphansOf(id: string, options: OrphansOptions): AsyncGenerator<Orphan> {
  const { jobs, ledger } = options;
  const incomplete = await ledger.countIncomplete(id);
  if (incomplete === 0 || (await countLive(id, jobs)) >= incomplete) return;
  const chunks = await ledger.incomplete(id);
  for (let at = 0; at < chunks.length; at += PAGE)
    yield* orphansAmong(id, chunks.slice(at, at + PAGE), options);
}

/** Jobs of the newsletter that wait or run. */
export async function countLive(group: string, jobs: Pick<JobStore, "count">): Promise<number> {
  const [ready, leased] = await Promise.all([
    jobs.count({ group, state: "ready" }),
    jobs.count({ group, state: "leased" }),
  ]);
  return ready + leased;
}

/** The job of a chunk that was given up last. */
export async function failedJobOf(
  group: string,
  chunkId: string,
  jobs: Pick<JobStore, "find">,
): Promise<JobRecord | undefined> {
  const [job] = await jobs.find({ group, uniqueKey: chunkId, state: "failed", order: "newest", limit: 1 });
  return job;
}

async function* orphansAmong(
  group: string,
  chunks: readonly string[],
  { jobs }: OrphansOptions,
): AsyncGenerator<Orphan> {
  const live = new Set(await jobs.liveKeys(chunks));
  for (const chunkId of chunks)
    if (!live.has(chunkId)) yield { chunkId, failedJob: await failedJobOf(group, chunkId, jobs) };
}
