import { close, openApp } from "../app.ts";
import { DelayedMailError } from "../errors.ts";
import { logEvents } from "../log.ts";
import type { Duration } from "../message.ts";
import { durationMs } from "../queue/delay-options.ts";
import type { ClaimOrder } from "../queue/turns.ts";
import type { Worker } from "../queue/worker.ts";
import type { WorkerOptions } from "../queue/worker-options.ts";
import { EXIT, integerFlag, parseFlags, type Terminal, UsageError } from "./command.ts";
import { watchAndRestart } from "./watch.ts";

export const WORKER_HELP = `worker [options]

Performs the jobs of the mailers in ./mailers until it is told to stop.

  --queues a,b          only these queues (also --queue); default all
  --order ORDER         fair (default): queues take turns among jobs of one priority; priority: the queue does not
                        matter; strict: the first of --queues before the second, and so on
  --weights mail=3,...  how many jobs a queue gets for one of another, where the order is fair
  --limits mail=5,...   how many jobs of a queue at once; default newsletters=2
  --concurrency N       jobs performed at once; default 20
  --min-priority N      only jobs of this priority or a higher number
  --max-priority N      only jobs of this priority or a lower number
  --sleep-delay TIME    how long to wait when nothing is due: seconds, or 500ms, 2s, 1m; default 1
  --exit-on-complete    leave when nothing is due
  --max-run-time TIME   how long one attempt may take; default 4h, or DELAYED_MAILER_MAX_RUN_TIME
  --grace TIME          how long running jobs may go on after SIGTERM; default 25
  --lease TIME          how long a killed worker's jobs stay with it; default 30
  --watch               restart when mailers, workers or templates change (development)
  --json                log lines as JSON even on a terminal
  --help

SIGTERM or SIGINT: claims nothing more, lets running jobs finish within the grace time, hands the rest back without costing
them an attempt. A second signal stops at once. Exit code 0 after a clean stop, 2 when it could not start.`;

const FLAGS = {
  queues: { type: "string", multiple: true },
  queue: { type: "string", multiple: true },
  order: { type: "string" },
  weights: { type: "string", multiple: true },
  limits: { type: "string", multiple: true },
  concurrency: { type: "string" },
  "min-priority": { type: "string" },
  "max-priority": { type: "string" },
  "sleep-delay": { type: "string" },
  "max-run-time": { type: "string" },
  grace: { type: "string" },
  lease: { type: "string" },
  "exit-on-complete": { type: "boolean" },
  watch: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * What `npm run worker` does: parses flags, opens the application, logs its events, and works until a signal.
 * @param args the flags, without node and the script
 * @returns the exit code, also set on the process
 */
export async function runWorker(
  args: readonly string[] = process.argv.slice(2),
  terminal: Terminal = { out: process.stdout, err: process.stderr },
): Promise<number> {
  process.exitCode = await startWorker(args, terminal);
  return process.exitCode;
}

async function startWorker(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const { values } = parseFlags(args, FLAGS);
    if (values.help) terminal.out.write(`Usage: delayed-mailer ${WORKER_HELP}\n`);
    else if (values.watch)
      return await watchAndRestart(
        args.filter((arg) => arg !== "--watch"),
        terminal,
      );
    else await work(workerOptions(values), values.json === true, terminal);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof DelayedMailError)) throw error;
    terminal.err.write(`${error.message}\n`);
    return EXIT.usage;
  }
}

type Values = ReturnType<typeof parseFlags<typeof FLAGS>>["values"];

/** @throws UsageError | InvalidOptionsError */
function workerOptions(values: Values): WorkerOptions {
  const queues = [...(values.queues ?? []), ...(values.queue ?? [])].flatMap((list) => list.split(","));
  const options = {
    queues: queues.map((queue) => queue.trim()).filter((queue) => queue !== "" && queue !== "*"),
    order: orderFlag(values.order),
    weights: numbersFlag("weights", values.weights),
    limits: numbersFlag("limits", values.limits),
    concurrency: integerFlag("concurrency", values.concurrency),
    minPriority: integerFlag("min-priority", values["min-priority"]),
    maxPriority: integerFlag("max-priority", values["max-priority"]),
    sleepDelay: timeFlag("sleep-delay", values["sleep-delay"]),
    maxRunTime: timeFlag("max-run-time", values["max-run-time"]),
    grace: timeFlag("grace", values.grace),
    lease: timeFlag("lease", values.lease),
    exitOnComplete: values["exit-on-complete"],
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** @throws UsageError */
function orderFlag(order: string | undefined): ClaimOrder | undefined {
  if (order === undefined || order === "fair" || order === "priority" || order === "strict") return order;
  throw new UsageError(`--order is fair, priority or strict, not "${order}".`);
}

/** `mail=3,reports=1` by name. @throws UsageError */
function numbersFlag(
  flag: string,
  values: readonly string[] | undefined,
): Readonly<Record<string, number>> | undefined {
  const parts = values?.flatMap((value) => value.split(","));
  return (
    parts &&
    Object.fromEntries(
      parts.map((part) => {
        const [, queue = "", number] = /^([^=]+)=(\d+(?:\.\d+)?)$/.exec(part.trim()) ?? [];
        if (number === undefined) throw new UsageError(`--${flag} takes QUEUE=NUMBER,..., not "${part}".`);
        return [queue, Number(number)];
      }),
    )
  );
}

/** A plain number is seconds, as for delayed_job's --sleep-delay. */
function timeFlag(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  return durationMs(`--${flag}`, Number.isNaN(seconds) ? (value as Duration) : seconds * 1000);
}

async function work(options: WorkerOptions, json: boolean, terminal: Terminal): Promise<void> {
  const app = await openApp();
  const { logLevel: level, logAddresses: addresses } = app.config;
  logEvents(app.events, { level, addresses, output: terminal.out, ...(json && { pretty: false }) });
  app.announce();
  const worker = app.worker(options);
  const scheduler = app.scheduler();
  const unlisten = stopOnSignals(worker);
  try {
    scheduler.start();
    await worker.run();
  } finally {
    unlisten();
    await scheduler.stop();
    await close();
  }
}

/** First signal: stop in peace. Second: stop now. @returns stop listening */
function stopOnSignals(worker: Worker): () => void {
  let signals = 0;
  const onSignal = () => {
    signals += 1;
    if (signals === 1) worker.stop();
    else worker.abort();
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  return () => process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
}
