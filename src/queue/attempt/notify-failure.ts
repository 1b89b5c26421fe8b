import { PermanentFailure } from "../../errors/errors.ts";
import type { JobHandler } from "../../jobs/handler.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { AttemptOptions } from "./attempt-result.ts";
import { HookRunner } from "./hook-runner.ts";

interface GivenUp {
  /** As it is kept. */
  readonly job: JobRecord;
  readonly error: unknown;
  /** Undefined when nothing of that name is registered here. */
  readonly handler: JobHandler | undefined;
}

/** Runs what a given-up job's mailer and the plugins want to do about it. Never throws. */
export async function notifyFailure(
  { job, error, handler }: GivenUp,
  { lifecycle, worker, events, store }: Pick<AttemptOptions, "lifecycle" | "worker" | "events" | "store">,
): Promise<void> {
  const hooks = new HookRunner(handler?.settings.hooks ?? {}, { store, events });
  try {
    await lifecycle.run("failure", { worker, job, error }, () => hooks.failure(job, error));
  } catch (failure) {
    events.emit("plugin.failed", { event: "failure", error: failure });
  }
}

/** The same for a job that was given up because it took its workers down with it. Never throws. */
export async function notifyCrash(
  job: JobRecord,
  options: Pick<AttemptOptions, "lifecycle" | "worker" | "events" | "store" | "registry">,
): Promise<void> {
  const { handler: name, action, lastError = "", failReason: reason = "crashed" } = job;
  options.events.emit("job.failed", { job, error: lastError, reason });
  const handler = options.registry.lookUp(name, action);
  await notifyFailure({ job, error: new PermanentFailure(lastError, { reason }), handler }, options);
}
