import type { Command } from "./command.ts";
import { runWorker } from "./run-worker.ts";
import { WORKER_HELP } from "./worker-flags.ts";

export const workerCommand: Command = {
  name: "worker",
  summary: "perform stored jobs",
  help: WORKER_HELP,
  async run(args, terminal) {
    return runWorker(args, terminal);
  },
};
