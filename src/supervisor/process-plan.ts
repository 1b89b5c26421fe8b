import { InvalidOptionsError } from "../errors/errors.ts";
import { queueName } from "../jobs/delay-options.ts";

/** One worker process: its name, and the queues it works, where none means all. */
export interface ProcessPlan {
  readonly name: string;
  readonly queues: readonly string[];
}

/** Some processes that work the same queues. */
export interface Pool {
  readonly queues: readonly string[];
  readonly count: number;
}

const MOST = 1_000;

/**
 * Reads what `--pool` takes, as delayed_job does: `mail,newsletters:4`, `mail` for one process, `*:2` or `:2` for all queues.
 * @throws InvalidOptionsError
 */
export function parsePool(text: string): Pool {
  const [, names = "", number = "1"] = /^([^:]*)(?::(\d+))?$/.exec(text.trim()) ?? [];
  const count = Number(number);
  const queues = names
    .split(",")
    .map((queue) => queue.trim())
    .filter((queue) => queue !== "" && queue !== "*");
  const isRead = /^[^:]*(:\d+)?$/.test(text.trim());
  if (isRead && count >= 1 && count <= MOST && queues.every((queue) => queueName.safeParse(queue).success))
    return { queues, count };
  throw new InvalidOptionsError("--pool", [
    `"${text}" is not QUEUES:COUNT, such as mail,newsletters:4 or *:2 (at most ${MOST} processes)`,
  ]);
}

export interface ProcessPlanOptions {
  readonly pools: readonly Pool[];
  /** How many processes where there are no pools. @default 1 */
  readonly processes?: number | undefined;
  /** The queues of all processes where there are no pools. */
  readonly queues: readonly string[];
  /** Takes the place of the number in the name of a single process. */
  readonly identifier?: string | undefined;
}

/**
 * The processes to run, named as delayed_job names them: `delayed-mailer`, or `delayed-mailer.0` and so on where there are several.
 * @throws InvalidOptionsError
 */
export function planProcesses({
  pools,
  processes = 1,
  queues,
  identifier,
}: ProcessPlanOptions): readonly ProcessPlan[] {
  if (!Number.isInteger(processes) || processes < 1 || processes > MOST)
    throw new InvalidOptionsError("--processes", [`must be 1 to ${MOST}, not ${processes}`]);
  if (pools.length > 0 && queues.length > 0)
    throw new InvalidOptionsError("--pool", [
      "names the queues by itself; give --pool or --queues, not both",
    ]);
  const wanted = pools.length > 0 ? pools : [{ queues, count: processes }];
  const each = wanted.flatMap((pool) => Array.from({ length: pool.count }, () => pool.queues));
  if (identifier !== undefined && each.length > 1)
    throw new InvalidOptionsError("--identifier", [
      "names one process; leave it out where there are several",
    ]);
  const isOne = each.length === 1 && pools.length === 0;
  const suffix = (index: number) => (isOne ? (identifier ?? "") : String(index));
  return each.map((own, index) => ({ name: nameOf(suffix(index)), queues: own }));
}

function nameOf(suffix: string): string {
  return suffix === "" ? "delayed-mailer" : `delayed-mailer.${suffix}`;
}
