import { PermanentFailure } from "../../errors/errors.ts";
import type { Performable } from "../../jobs/handler.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { PerformOptions } from "./attempt-result.ts";
import { HookRunner } from "./hook-runner.ts";

interface GivenUp {
  /** As it is kept. */
  readonly job: JobRecord;
  readonly error: unknown;
  /** Undefined when nothing of that name is registered here. */
  readonly performable: Performable | undefined;
}

/** Runs what a given-up job's mailer and the plugins want to do about it. Never throws. */
export async function tellFailure(
  { job, error, performable }: GivenUp,
  { lifecycle, worker, events, store }: Pick<PerformOptions, "lifecycle" | "worker" | "events" | "store">,
): Promise<void> {
  const hooks = new HookRunner(performable?.settings.hooks ?? {}, { store, events });
  try {
    await lifecycle.run("failure", { worker, job, error }, () => hooks.failure(job, error));
  } catch (failure) {
    events.emit("plugin.failed", { event: "failure", error: failure });
  }
}

/** The same for a job that was given up because it took its workers down with it. Never throws. */
export async function tellCrash(
  job: JobRecord,
  options: Pick<PerformOptions, "lifecycle" | "worker" | "events" | "store" | "registry">,
): Promise<void> {
  const { performable: name, action, lastError = "", failReason: reason = "crashed" } = job;
  options.events.emit("job.failed", { job, error: lastError, reason });
  const { registry } = options;
  const performable = registry.has(name, action) ? registry.find(name, action) : undefined;
  await tellFailure({ job, error: new PermanentFailure(lastError, { reason }), performable }, options);
}
