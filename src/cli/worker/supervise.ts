import { configuration } from "../../app/current-app.ts";
import { Events } from "../../events.ts";
import { startHealthServer } from "../../health/health-server.ts";
import { supervisorHealth } from "../../health/worker-health.ts";
import { resolveWorkerOptions, type WorkerOptions } from "../../queue/worker/worker-options.ts";
import { keepPidFiles, writePidFile } from "../../supervisor/pid-files.ts";
import type { ProcessPlan } from "../../supervisor/process-plan.ts";
import { Supervisor } from "../../supervisor/supervisor.ts";
import type { Terminal } from "../command.ts";
import { ownCommand } from "../own-command.ts";
import { onReasonsToStop } from "./stop-reasons.ts";
import { healthAddress, titleOf, type WorkerFlags } from "./worker-flags.ts";
import { startWorkerLog } from "./worker-log.ts";

export interface SuperviseRequest {
  readonly plans: readonly ProcessPlan[];
  readonly options: WorkerOptions;
  readonly flags: WorkerFlags;
  readonly terminal: Terminal;
}

const NAME = "delayed-mailer";
/** How long after its grace time a process may take to write what it knows, in ms; then it is killed. */
const SHUTDOWN_FLUSH_MS = 35_000;

/** Keeps worker processes running until a signal. @returns the exit code @throws ConfigurationError */
export async function supervise({ plans, options, flags, terminal }: SuperviseRequest): Promise<number> {
  const config = configuration();
  const events = new Events();
  await startWorkerLog({ events, config, flags, terminal });
  const { grace } = resolveWorkerOptions(options);
  const { exitOnComplete = false } = options;
  const supervisor = new Supervisor({
    plans,
    command: ownCommand(),
    events,
    exitOnComplete,
    killAfter: grace + SHUTDOWN_FLUSH_MS,
  });
  const address = healthAddress(flags, config);
  const check = () => supervisorHealth(supervisor.statuses, supervisor.isStopping);
  const health = address && (await startHealthServer(check, address));
  const removePidFile = keepFiles(flags["pid-dir"], events);
  const unlisten = onReasonsToStop(
    terminal,
    () => supervisor.stop(),
    () => supervisor.stop(),
  );
  try {
    process.title = titleOf(flags, NAME);
    return await supervisor.run();
  } finally {
    unlisten();
    removePidFile();
    await health?.close();
  }
}

/** Of its own process, and of those it starts. @returns remove its own */
function keepFiles(folder: string | undefined, events: Events): () => void {
  if (folder === undefined) return () => undefined;
  keepPidFiles(events, folder);
  return writePidFile(folder, NAME, process.pid);
}
