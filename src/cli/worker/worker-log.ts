import { openLog } from "../../app/log.ts";
import type { Config } from "../../config/resolve-config.ts";
import type { Events } from "../../events.ts";
import type { Terminal } from "../command.ts";
import { openLogFile } from "./log-file.ts";
import type { WorkerFlags } from "./worker-flags.ts";

export interface WorkerLogOptions {
  readonly events: Events;
  readonly config: Config;
  readonly flags: WorkerFlags;
  readonly terminal: Terminal;
}

/** Writes a worker's log lines where its flags say: to the terminal, or to a file that all its processes append to. @throws ConfigurationError */
export async function startWorkerLog({ events, config, flags, terminal }: WorkerLogOptions): Promise<void> {
  const { logLevel: level, logAddresses: addresses } = config;
  const { "log-dir": folder, json } = flags;
  const output =
    folder === undefined ? terminal.out : openLogFile(folder, (line) => terminal.err.write(`${line}\n`));
  await openLog(events, { level, addresses, output, ...(json && { pretty: false }) });
}
