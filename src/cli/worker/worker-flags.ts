import type { Config } from "../../config/resolve-config.ts";
import type { HealthServerOptions } from "../../health/health-server.ts";
import type { Duration } from "../../jobs/delay-options.ts";
import { durationMs } from "../../jobs/delay-options.ts";
import type { ClaimOrder } from "../../jobs/job-store.ts";
import type { WorkerOptions } from "../../queue/worker/worker-options.ts";
import { type ProcessPlan, parsePool, planProcesses } from "../../supervisor/process-plan.ts";
import { integerFlag, parseFlags, UsageError } from "../command.ts";

export const WORKER_HELP = `worker [options]

Performs the jobs of the mailers in ./mailers until it is told to stop.

What to work
  --queues a,b          only these queues (also --queue); default all
  --order ORDER         fair (default): queues take turns among jobs of one priority;
                        priority: whatever the queue; strict: the first of --queues first
  --weights mail=3,...  how many jobs a queue gets for one of another, where the order is fair
  --limits mail=5,...   how many jobs of a queue at once; default newsletters=2
  --min-priority N      only jobs of this priority or a higher number
  --max-priority N      only jobs of this priority or a lower number
  --exit-on-complete    leave when nothing is due
How to work
  --concurrency N       jobs performed at once by each process; default 20
  --sleep-delay TIME    wait when nothing is due: seconds, or 500ms, 2s, 1m; default 1
  --max-run-time TIME   how long one attempt may take; default 4h, or DELAYED_MAILER_MAX_RUN_TIME
  --grace TIME          how long running jobs may go on after SIGTERM; default 25
  --lease TIME          how long a killed worker's jobs stay with it; default 30
  --watch               restart when mailers, workers or templates change (development)
Several processes
  -n, --processes N     so many, under a supervisor that starts those again that end
  --pool QUEUES[:N]     N processes for these queues, as mail,newsletters:4 or *:2; repeatable
  -p, --prefix NAME     stands before the processes' names, in ps, logs and lockedBy
  -i, --identifier NAME names a single process delayed-mailer.NAME
  --pid-dir FOLDER      a file NAME.pid for each process
Watching
  --json                log lines as JSON even on a terminal
  --log-dir FOLDER      log to FOLDER/delayed-mailer.log instead of the standard output
  --health-port PORT    answer GET /healthz, /readyz and /metrics there (DELAYED_MAILER_HEALTH_PORT)
  --health-host HOST    only on this interface; default all

SIGTERM or SIGINT: claims nothing more, lets running jobs finish within the grace time, hands the
rest back without costing them an attempt. A second signal stops at once. Exit code 0 after a clean
stop, 1 when a process had to be killed, 2 when it could not start.
Example: delayed-mailer worker --queues mail,newsletters --processes 2`;

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
  processes: { type: "string", short: "n" },
  pool: { type: "string", multiple: true },
  prefix: { type: "string", short: "p" },
  identifier: { type: "string", short: "i" },
  "pid-dir": { type: "string" },
  "log-dir": { type: "string" },
  "health-port": { type: "string" },
  "health-host": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export type WorkerFlags = ReturnType<typeof parseFlags<typeof FLAGS>>["values"];

/** @throws UsageError */
export function parseWorkerFlags(args: readonly string[]): WorkerFlags {
  const { values, positionals } = parseFlags(args, FLAGS);
  if (positionals.length === 0) return values;
  throw new UsageError(
    `What is "${positionals.join(" ")}"? worker takes flags only; worker --help lists them.`,
  );
}

/** @throws UsageError | InvalidOptionsError */
export function workerOptions(flags: WorkerFlags): WorkerOptions {
  const options = {
    queues: queuesOf(flags),
    order: orderFlag(flags.order),
    weights: numbersFlag("weights", flags.weights),
    limits: numbersFlag("limits", flags.limits),
    concurrency: integerFlag("concurrency", flags.concurrency),
    minPriority: integerFlag("min-priority", flags["min-priority"]),
    maxPriority: integerFlag("max-priority", flags["max-priority"]),
    sleepDelay: timeFlag("sleep-delay", flags["sleep-delay"]),
    maxRunTime: timeFlag("max-run-time", flags["max-run-time"]),
    grace: timeFlag("grace", flags.grace),
    lease: timeFlag("lease", flags.lease),
    exitOnComplete: flags["exit-on-complete"],
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The processes that the flags ask for. @throws UsageError | InvalidOptionsError */
export function processPlans(flags: WorkerFlags): readonly ProcessPlan[] {
  const { pool = [], processes, identifier } = flags;
  return planProcesses({
    pools: pool.map(parsePool),
    processes: integerFlag("processes", processes),
    queues: queuesOf(flags),
    identifier,
  });
}

/** What a process is called where people see it. */
export function titleOf({ prefix }: WorkerFlags, name: string): string {
  return prefix === undefined ? name : `${prefix}/${name}`;
}

/** Where to answer those who ask how the processes are, if anywhere. @throws UsageError */
export function healthAddress(
  flags: WorkerFlags,
  { healthPort }: Pick<Config, "healthPort">,
): HealthServerOptions | undefined {
  const port = integerFlag("health-port", flags["health-port"]) ?? healthPort;
  if (port !== undefined && (port < 0 || port > 65_535))
    throw new UsageError(`--health-port is 0 to 65535, not ${port}.`);
  return port === undefined ? undefined : { port, host: flags["health-host"] };
}

function queuesOf({ queues = [], queue = [] }: WorkerFlags): readonly string[] {
  return [...queues, ...queue]
    .flatMap((list) => list.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "*");
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
