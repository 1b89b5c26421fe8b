import type { Worker } from "../queue/worker/worker.ts";
import { type FromProcess, toProcess } from "./process-link.ts";

const TELL_EVERY_MS = 1_000;

/**
 * Connects the worker of this process with the supervisor that started it: tells how it stands, frees the leases of workers that are
 * gone, and stops when the supervisor itself is gone. @returns part from it
 */
export function linkToSupervisor(worker: Worker): () => Promise<void> {
  const tell = () => {
    const message: FromProcess = { status: worker.status };
    if (process.connected) process.send?.(message, () => undefined);
  };
  const onMessage = (message: unknown) => {
    // The application may use the channel, too.
    const told = toProcess.safeParse(message);
    if (told.success) void worker.freeLeasesOf(told.data.gone);
  };
  const onDisconnect = () => worker.stop();
  process.on("message", onMessage).on("disconnect", onDisconnect);
  const timer = setInterval(tell, TELL_EVERY_MS);
  tell();
  return async () => {
    clearInterval(timer);
    process.off("message", onMessage).off("disconnect", onDisconnect);
    if (process.connected) process.disconnect();
  };
}
