import type { DelayOptions, Duration } from "../jobs/delay-options.ts";
import type { Job } from "../jobs/job.ts";
import { EXIT, integerFlag, type parseFlags, type Terminal } from "./command.ts";
import { printJson } from "./output.ts";

/** How a call is stored, of commands that may perform it at once instead. */
export const DELAY_FLAGS = {
  delay: { type: "boolean" },
  in: { type: "string" },
  at: { type: "string" },
  queue: { type: "string" },
  priority: { type: "string" },
  "unique-key": { type: "string" },
  json: { type: "boolean" },
} as const;

export const DELAY_HELP = `  --delay            store it, due at once
  --in TIME          store it, due after 30s, 15m, 2h, 1d
  --at DATE          store it, due at an ISO date such as 2026-01-31T09:00:00Z
  --queue NAME       store it in this queue
  --priority N       store it with this priority; lower runs first
  --unique-key KEY   store it, unless a job that waits or runs has this key`;

type Values = ReturnType<typeof parseFlags<typeof DELAY_FLAGS>>["values"];

/** What the flags say about storing the call, or undefined to perform it now. @throws UsageError */
export function delayOptions(values: Values): DelayOptions | undefined {
  const { at, queue, priority, in: after, "unique-key": uniqueKey } = values;
  const given = [values.delay, at, queue, priority, after, uniqueKey].some((value) => value !== undefined);
  if (!given) return undefined;
  return {
    ...(after !== undefined && { in: after as Duration }),
    ...(at !== undefined && { at: new Date(at) }),
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority: integerFlag("priority", priority) ?? 0 }),
    ...(uniqueKey !== undefined && { uniqueKey }),
  };
}

/** Tells of a call that was stored. @returns the exit code */
export function printStored(job: Job, { json }: Pick<Values, "json">, terminal: Terminal): number {
  if (json) printJson(terminal, job);
  else if (job.isNew) terminal.out.write(`Stored as job ${job.id}, due at ${job.runAt.toISOString()}.\n`);
  else terminal.out.write(`Job ${job.id} has this unique key already; nothing was stored.\n`);
  return EXIT.ok;
}
