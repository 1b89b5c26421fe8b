import { z } from "zod";

/** What a supervisor gives each of its processes by the environment, so that its command line can stay the same. */
export const PROCESS_VARIABLE = "DELAYED_MAILER_PROCESS";

const plan = z.object({ name: z.string(), queues: z.array(z.string()) });

const status = z.object({
  worker: z.string(),
  isStopping: z.boolean(),
  storeWorks: z.boolean(),
  running: z.number(),
  done: z.number(),
  failed: z.number(),
  isStuck: z.boolean(),
});

/** What a process tells its supervisor, every second: how its worker stands. */
export const fromProcess = z.object({ status });
export type FromProcess = z.output<typeof fromProcess>;

/** What a supervisor tells a process: this worker is gone, its leases are free. */
export const toProcess = z.object({ gone: z.string() });
export type ToProcess = z.output<typeof toProcess>;

/** Whether this process is one of a supervisor's, and which. What it starts itself is not. */
export function takeProcessPlan(env: NodeJS.ProcessEnv = process.env): z.output<typeof plan> | undefined {
  const text = env[PROCESS_VARIABLE];
  delete env[PROCESS_VARIABLE];
  return text === undefined || process.send === undefined ? undefined : plan.parse(JSON.parse(text));
}
