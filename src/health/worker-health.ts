import type { WorkerStatus } from "../queue/worker/worker.ts";
import type { ProcessStatus } from "../supervisor/supervisor.ts";
import type { Health } from "./health-server.ts";

/** How long a process of a supervisor may say nothing until it counts as stuck, in ms. */
const SILENT_MS = 30_000;

/** Of one worker: it is alive when it can answer at all, and actions that do not end have not taken all its places. */
export function workerHealth(status: WorkerStatus): Health {
  return { isAlive: !status.isStuck, isReady: isReady(status), details: { ...status } };
}

/** Of a supervisor: alive when none of its processes is stuck, ready when all of them are. */
export function supervisorHealth(processes: readonly ProcessStatus[], isStopping: boolean): Health {
  const stuck = processes.filter(({ silentMs, status }) => silentMs > SILENT_MS || status?.isStuck);
  return {
    isAlive: stuck.length === 0,
    isReady: !isStopping && processes.every(({ status }) => status !== undefined && isReady(status)),
    details: { isStopping, stuck: stuck.map(({ process }) => process), processes },
  };
}

function isReady({ isStopping, storeWorks, isStuck }: WorkerStatus): boolean {
  return !isStopping && storeWorks && !isStuck;
}
