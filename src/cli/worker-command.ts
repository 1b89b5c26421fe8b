import type { Command } from "./command.ts";
import { runWorker, WORKER_HELP } from "./run-worker.ts";

export const workerCommand: Command = {
  name: "worker",
  summary: "perform stored jobs",
  help: WORKER_HELP,
  async run(args, terminal) {
    return runWorker(args, terminal);
  },
};
