import { StoreGoneError, WorkerStuckError } from "../../errors/errors.ts";
import { resolveWorkerOptions } from "../../queue/worker/worker-options.ts";
import { takeProcessPlan } from "../../supervisor/process-link.ts";
import { EXIT, type Terminal } from "../command.ts";
import { notifyFailure } from "../describe-failure.ts";
import { endProcess } from "../end-process.ts";
import { readEnvironment } from "../environment.ts";
import { helpText, isHelp } from "../help.ts";
import { supervise } from "./supervise.ts";
import { isWatched, watchAndRestart } from "./watch.ts";
import { work } from "./work.ts";
import { parseWorkerFlags, processPlans, type WorkerFlags, workerOptions } from "./worker-flags.ts";
import { WORKER_HELP } from "./worker-help.ts";

const OWN_TERMINAL: Terminal = { out: process.stdout, err: process.stderr };
/** How long an application may take to close what it opened, when its worker has stopped, in ms. */
const CLOSING_MS = 5_000;

/**
 * What `npm run worker` does: parses flags, opens the application, logs its events, and works until a signal; or keeps processes running
 * that do. What is still open five seconds after that does not keep the process.
 * @param args the flags, without node and the script
 * @returns the exit code, also set on the process
 */
export async function runWorker(
  args: readonly string[] = process.argv.slice(2),
  terminal: Terminal = OWN_TERMINAL,
): Promise<number> {
  process.exitCode = await tellingFailures(terminal, async () => {
    readEnvironment(terminal);
    return startWorker(args, terminal);
  });
  if (terminal === OWN_TERMINAL) endProcess(terminal, { afterMs: CLOSING_MS, tell: true });
  return process.exitCode;
}

/** The same, where the environment has been read. @returns the exit code */
export function startWorker(args: readonly string[], terminal: Terminal): Promise<number> {
  return tellingFailures(terminal, async () => {
    if (!args.some(isHelp)) return await run(parseWorkerFlags(args), terminal);
    terminal.out.write(helpText(WORKER_HELP, args));
    return EXIT.ok;
  });
}

async function tellingFailures(terminal: Terminal, act: () => Promise<number>): Promise<number> {
  try {
    return await act();
  } catch (error) {
    notifyFailure(error, terminal);
    // Not as what keeps a worker from starting, so that its supervisor starts it again.
    return error instanceof StoreGoneError || error instanceof WorkerStuckError ? EXIT.failed : EXIT.usage;
  }
}

async function run(flags: WorkerFlags, terminal: Terminal): Promise<number> {
  const plans = processPlans(flags);
  const options = workerOptions(flags);
  // What is wrong with the flags is wrong for every process: say so once, and before any is started.
  for (const { queues } of plans) resolveWorkerOptions({ ...options, queues });
  const mine = takeProcessPlan();
  if (mine) return work({ plan: mine, options, flags, terminal, isSupervised: true });
  if (flags.watch && !isWatched()) return watchAndRestart(terminal);
  const [only, ...others] = plans;
  if (only && others.length === 0 && flags.pool === undefined && flags.processes === undefined)
    return work({ plan: only, options, flags, terminal, isSupervised: false });
  return supervise({ plans, options, flags, terminal });
}
