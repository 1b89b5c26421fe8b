import { headline } from "../jobs/describe-error.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { NewsletterTrouble } from "../jobs/newsletter.ts";
import type { NewsletterRecord, NewsletterStore } from "./newsletter-store.ts";
import { countLive, orphansOf } from "./orphans.ts";

export interface TroublesOptions {
  readonly jobs: JobStore;
  readonly ledger: NewsletterStore;
}

/** A job that was due for so long, in ms, and that no worker took, says that no worker works its queue. */
const NOT_TAKEN_MS = 10_000;

/** What keeps a running newsletter from getting on, each with its reason and the way out. */
export async function troublesOf(
  record: NewsletterRecord,
  options: TroublesOptions,
): Promise<readonly NewsletterTrouble[]> {
  if (record.state !== "running") return [];
  const found = await Promise.all([
    plannerGone(record, options),
    orphaned(record, options),
    notTaken(record, options),
  ]);
  return found.flat();
}

/** Whether a running newsletter stays as it is until somebody does something about it. */
export async function isStuck(
  { id }: NewsletterRecord,
  troubles: readonly NewsletterTrouble[],
  { jobs, ledger }: TroublesOptions,
): Promise<boolean> {
  if (!troubles.some(({ kind }) => kind === "planner-gone" || kind === "job-failed")) return false;
  return (await countLive(id, jobs)) === 0 && !(await ledger.isBeingPlanned(id));
}

async function plannerGone(
  { id, planned, totals }: NewsletterRecord,
  { ledger }: TroublesOptions,
): Promise<readonly NewsletterTrouble[]> {
  if (planned || (await ledger.isBeingPlanned(id))) return [];
  const message =
    `The audience is not read to its end, and its planner is gone after ${totals.recipients} recipients. ` +
    "Plan it again with the same key: it goes on where it stopped.";
  return [{ kind: "planner-gone", message }];
}

async function orphaned(
  record: NewsletterRecord,
  options: TroublesOptions,
): Promise<readonly NewsletterTrouble[]> {
  let gone = 0;
  const failed = new Map<string, number>();
  for await (const { failedJob } of orphansOf(record.id, options)) {
    const error = failedJob && headline(failedJob.lastError ?? failedJob.failReason ?? "");
    if (error === undefined) gone += 1;
    else failed.set(error, (failed.get(error) ?? 0) + 1);
  }
  return [
    ...[...failed].map(([error, chunks]) => ({
      kind: "job-failed" as const,
      message: `${jobs(chunks)} given up: ${error} Mend that, then run newsletter retry ${record.key}.`,
    })),
    ...(gone === 0
      ? []
      : [
          {
            kind: "job-gone" as const,
            message: `${jobs(gone)} gone. A worker stores new ones within a minute.`,
          },
        ]),
  ];
}

async function notTaken(
  { id: group, queue }: NewsletterRecord,
  { jobs }: TroublesOptions,
): Promise<readonly NewsletterTrouble[]> {
  const [running] = await jobs.find({ group, state: "leased", limit: 1 });
  const [waiting] = await jobs.find({ group, state: "ready", limit: 1 });
  if (running || !waiting) return [];
  const ms = Date.now() + jobs.clockOffset - waiting.runAt.getTime();
  if (ms < NOT_TAKEN_MS) return [];
  const isPaused = (await jobs.pausedQueues()).includes(queue);
  const reason = isPaused
    ? `the queue ${queue} is paused. Run queues resume ${queue}.`
    : `no worker has taken one of its jobs for ${Math.round(ms / 1_000)} s. Start a worker for the queue ${queue}, or wait until ` +
      `one is free${waiting.lastError ? `; the last error was: ${headline(waiting.lastError)}` : "."}`;
  return [{ kind: "no-worker", message: `Nothing is sent: ${reason}` }];
}

function jobs(count: number): string {
  return count === 1 ? "1 job of its chunks is" : `${count} jobs of its chunks are`;
}
