import type { App } from "../../app/app.ts";
import { close, openApp } from "../../app/current-app.ts";
import { startHealthServer } from "../../health/health-server.ts";
import { workerHealth } from "../../health/worker-health.ts";
import type { Worker } from "../../queue/worker/worker.ts";
import type { WorkerOptions } from "../../queue/worker/worker-options.ts";
import { writePidFile } from "../../supervisor/pid-files.ts";
import type { ProcessPlan } from "../../supervisor/process-plan.ts";
import { linkToSupervisor } from "../../supervisor/supervised.ts";
import { EXIT, type Terminal } from "../command.ts";
import { onBrokenActions } from "./broken-action.ts";
import { onReasonsToStop } from "./stop-reasons.ts";
import { unconnectedModels } from "./unconnected-models.ts";
import { healthAddress, titleOf, type WorkerFlags } from "./worker-flags.ts";
import { startWorkerLog } from "./worker-log.ts";

export interface WorkRequest {
  readonly plan: ProcessPlan;
  readonly options: WorkerOptions;
  readonly flags: WorkerFlags;
  readonly terminal: Terminal;
  /** Whether a supervisor started this process, and does what is to be done once for all of them. */
  readonly isSupervised: boolean;
}

/** Works in this process until a signal. @returns the exit code @throws ConfigurationError | StoreError | DkimError */
export async function work(request: WorkRequest): Promise<number> {
  const app = await openApp();
  try {
    return await workIn(app, request);
  } finally {
    await close();
  }
}

async function workIn(app: App, request: WorkRequest): Promise<number> {
  const { plan, options, flags, terminal, isSupervised } = request;
  const isNamed = isSupervised || flags.prefix !== undefined || flags.identifier !== undefined;
  const title = titleOf(flags, plan.name);
  process.title = title;
  await startWorkerLog({ events: app.events, config: app.config, flags, terminal });
  app.announce();
  const models = unconnectedModels();
  if (models.length > 0) app.events.emit("mongoose.unconnected", { models });
  const worker = app.worker({ ...options, queues: plan.queues, ...(isNamed && { name: title }) });
  const scheduler = app.scheduler();
  const leave = isSupervised ? linkToSupervisor(worker) : await showItself(request, worker, app);
  const unlisten = onReasonsToStop(
    terminal,
    () => worker.stop(),
    () => worker.abort(),
  );
  const broken = onBrokenActions({ worker, events: app.events, terminal });
  try {
    scheduler.start();
    await worker.run();
    return broken.hasThrown ? EXIT.failed : EXIT.ok;
  } finally {
    broken.end();
    unlisten();
    await leave();
    await scheduler.stop();
  }
}

/** By a health port and a pid file, where they are asked for. @returns end that */
async function showItself(
  { plan, flags }: WorkRequest,
  worker: Worker,
  app: App,
): Promise<() => Promise<void>> {
  const folder = flags["pid-dir"];
  const address = healthAddress(flags, app.config);
  const health =
    address &&
    (await startHealthServer(() => workerHealth(worker.status), {
      ...address,
      metrics: await metricsOf(worker, app),
    }));
  const removePidFile = folder === undefined ? undefined : writePidFile(folder, plan.name, process.pid);
  return async () => {
    removePidFile?.();
    await health?.close();
  };
}

/** Loaded only where somebody may ask for it. */
async function metricsOf(worker: Worker, { events }: App) {
  const { WorkerMetrics } = await import("../../metrics/worker-metrics.ts");
  const metrics = new WorkerMetrics(events, () => worker.status.running);
  return () => metrics.read();
}
