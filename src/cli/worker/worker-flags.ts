import type { Config } from "../../config/resolve-config.ts";
import type { HealthServerOptions } from "../../health/health-server.ts";
import type { Duration } from "../../jobs/delay-options.ts";
import { durationMs } from "../../jobs/delay-options.ts";
import type { ClaimOrder } from "../../jobs/job-store.ts";
import type { WorkerOptions } from "../../queue/worker/worker-options.ts";
import { type ProcessPlan, parsePool, planProcesses } from "../../supervisor/process-plan.ts";
import { integerFlag, parseFlags, UsageError } from "../command.ts";

export const WORKER_FLAGS = {
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

export type WorkerFlags = ReturnType<typeof parseFlags<typeof WORKER_FLAGS>>["values"];

/** @throws UsageError */
export function parseWorkerFlags(args: readonly string[]): WorkerFlags {
  const { values, positionals } = parseFlags(args, WORKER_FLAGS);
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
