import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { openLog } from "../../app/log.ts";
import type { Config } from "../../config/resolve-config.ts";
import type { Events } from "../../events.ts";
import type { Terminal } from "../command.ts";
import type { WorkerFlags } from "./worker-flags.ts";

export interface WorkerLogOptions {
  readonly events: Events;
  readonly config: Config;
  readonly flags: WorkerFlags;
  readonly terminal: Terminal;
}

/** Writes a worker's log lines where its flags say: to the terminal, or to a file that all its processes append to. */
export async function startWorkerLog({ events, config, flags, terminal }: WorkerLogOptions): Promise<void> {
  const { logLevel: level, logAddresses: addresses } = config;
  const { "log-dir": folder, json } = flags;
  const output = folder === undefined ? terminal.out : openLogFile(folder);
  await openLog(events, { level, addresses, output, ...(json && { pretty: false }) });
}

/** Only its owner can read it: errors of actions may say anything. */
function openLogFile(folder: string): NodeJS.WritableStream {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return createWriteStream(join(folder, "delayed-mailer.log"), { flags: "a", mode: 0o600 });
}
