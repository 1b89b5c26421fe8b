import { openApp } from "../../app/current-app.ts";
import { openLog } from "../../app/log.ts";
import type { Events } from "../../events.ts";
import { headline } from "../../jobs/describe-error.ts";
import { EXIT, type Terminal, UsageError } from "../command.ts";
import { printable } from "../output.ts";
import { onReasonsToStop } from "../worker/stop-reasons.ts";

interface PerformFlags {
  readonly json?: boolean | undefined;
}

/**
 * Performs one stored job in this process, with the log that a worker would write.
 * @returns 0 only where the job is done
 * @throws UsageError | JobStateError | DuplicateKeyError | StoreError
 */
export async function performStored(
  ids: readonly string[],
  { json }: PerformFlags,
  terminal: Terminal,
): Promise<number> {
  const [id, ...rest] = ids;
  if (id === undefined || rest.length > 0)
    throw new UsageError("jobs perform takes one job id; find it with jobs list.");
  const app = await openApp();
  const { logLevel: level, logAddresses: addresses } = app.config;
  await openLog(app.events, { level, addresses, output: terminal.out, ...(json && { pretty: false }) });
  const ending = noteEnding(app.events, id);
  const worker = app.worker({ name: "jobs-perform", concurrency: 1 });
  // Whoever ends it waits for nothing: the job hears of it by its signal.
  const abort = () => worker.abort();
  const unlisten = onReasonsToStop(terminal, abort, abort);
  try {
    await worker.perform(id);
  } finally {
    unlisten();
    await worker.close();
  }
  const { isDone, words } = ending();
  (isDone ? terminal.out : terminal.err).write(`Job ${id} ${words}\n`);
  if (!isDone && (await app.store.get(id)))
    terminal.err.write(`jobs show ${id} has all that is kept of it, jobs retry has a worker try it again.\n`);
  return isDone ? EXIT.ok : EXIT.failed;
}

interface Ending {
  readonly isDone: boolean;
  readonly words: string;
}

/** Hears how the job ends, because the store may keep nothing of a job that is done. @returns what was heard last */
function noteEnding(events: Events, id: string): () => Ending {
  let heard: Ending = {
    isDone: false,
    words: "is not known to have ended: another worker has it, or it was cancelled.",
  };
  const note = (of: { readonly id: string }, words: string, isDone = false) => {
    if (of.id === id) heard = { isDone, words };
  };
  events.on("job.done", ({ job }) => note(job, "is done.", true));
  events.on("job.released", ({ job }) => note(job, "was interrupted, and waits for a worker."));
  events.on("job.failed", ({ job, error, reason }) => {
    note(job, `failed (${reason}): ${lineOf(error)}`);
  });
  events.on("job.retried", ({ job, error, runAt }) => {
    note(job, `did not succeed: ${lineOf(error)}\nIt waits, and is tried again at ${runAt.toISOString()}.`);
  });
  return () => heard;
}

function lineOf(error: string): string {
  return printable(headline(error));
}
