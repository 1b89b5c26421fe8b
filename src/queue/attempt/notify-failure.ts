import { PermanentFailure } from "../../errors/errors.ts";
import type { Call, Registry } from "../../jobs/handler.ts";
import { bind } from "../../jobs/handler.ts";
import type { JobHooks } from "../../jobs/hooks.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import { decode } from "../../jobs/stored-value.ts";
import type { AttemptOptions } from "./attempt-result.ts";
import { HookRunner } from "./hook-runner.ts";

interface GivenUp {
  /** As it is kept. */
  readonly job: JobRecord;
  readonly error: unknown;
  /** Undefined when nothing of that name is registered here, or its object cannot be made. */
  readonly hooks: JobHooks | undefined;
}

/** Runs what a given-up job's handler and the plugins want to do about it. Never throws. */
export async function notifyFailure(
  { job, error, hooks }: GivenUp,
  { lifecycle, worker, events, store }: Pick<AttemptOptions, "lifecycle" | "worker" | "events" | "store">,
): Promise<void> {
  const runner = new HookRunner(hooks ?? {}, { store, events });
  try {
    await lifecycle.run("failure", { worker, job, error }, () => runner.failure(job, error));
  } catch (failure) {
    events.emit("plugin.failed", { event: "failure", error: failure });
  }
}

/** The same for a job that was given up because it took its workers down with it. Never throws. */
export async function notifyCrash(
  job: JobRecord,
  options: Pick<AttemptOptions, "lifecycle" | "worker" | "events" | "store" | "registry">,
): Promise<void> {
  const { lastError = "", failReason: reason = "crashed" } = job;
  options.events.emit("job.failed", { job, error: lastError, reason });
  const hooks = await hooksOf(job, options.registry).catch(() => undefined);
  await notifyFailure({ job, error: new PermanentFailure(lastError, { reason }), hooks }, options);
}

async function hooksOf(
  { handler: name, action, meta, args, params }: JobRecord,
  registry: Registry,
): Promise<JobHooks | undefined> {
  const handler = registry.find(name, action);
  // `encode` wrote params from an object.
  const given = { args: args.map(decode), params: decode(params) as Call["params"] };
  return (await bind(handler, { handler: name, action, meta, ...given })).settings.hooks;
}
