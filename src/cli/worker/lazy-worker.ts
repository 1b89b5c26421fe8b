import type { Terminal } from "../command.ts";

/**
 * What `npm run worker` does: parses flags, opens the application, logs its events, and works until a signal; or keeps processes running
 * that do. The worker's code is loaded when this is called.
 * @param args the flags, without node and the script. @default process.argv.slice(2)
 * @returns the exit code, also set on the process
 */
export async function runWorker(args?: readonly string[], terminal?: Terminal): Promise<number> {
  const worker = await import("./run-worker.ts");
  return worker.runWorker(args, terminal);
}
