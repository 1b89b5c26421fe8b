import type { Command } from "../command.ts";
import { startWorker } from "./run-worker.ts";
import { WORKER_HELP } from "./worker-help.ts";

export const workerCommand: Command = {
  name: "worker",
  summary: "perform stored jobs",
  ...WORKER_HELP,
  stopsItself: true,
  async run(args, terminal) {
    return startWorker(args, terminal);
  },
};
