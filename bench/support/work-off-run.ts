import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "./child.ts";
import type { Measured } from "./contender.ts";
import { type Contestant, launchOf } from "./contestants.ts";
import type { Place } from "./places.ts";

export interface WorkOffRun {
  readonly jobs: number;
  readonly processes: number;
  readonly concurrency: number;
  /** So many jobs of each kind that must not cost anything. @default 0 */
  readonly backlog?: number;
  readonly node22: string | undefined;
  readonly profile?: string | undefined;
}

const ASK_EVERY_MS = 2;
/** Where the processes cannot tell, the store is asked while they work, so not often. */
const ASK_RARELY_MS = 100;
const GIVE_UP_MS = 300_000;

/**
 * Stores jobs, starts the processes, and measures from the word "work" until the store says that nothing is left. Each process is
 * connected and waits for that word; a further one stores the jobs and asks the store.
 */
export async function runWorkOff(
  name: string,
  contestant: Contestant,
  place: Place,
  run: WorkOffRun,
): Promise<Measured> {
  const children: Child[] = [];
  const start = async (profile?: string) => {
    const child = await Child.start(name, launchOf(contestant, { ...run, uri: place.uri, profile }));
    children.push(child);
    return child;
  };
  try {
    const keeper = await start();
    await keeper.ask({ do: "enqueue", how: "backlog", count: run.backlog ?? 0 });
    await keeper.ask({ do: "enqueue", how: "bulk", count: run.jobs });
    const workers: Child[] = [];
    for (let index = 0; index < run.processes; index++) workers.push(await start(run.profile));
    return await measure(keeper, workers, { contestant, place, jobs: run.jobs });
  } finally {
    await Promise.all(children.map((child) => child.close()));
  }
}

interface Work {
  readonly contestant: Contestant;
  readonly place: Place;
  readonly jobs: number;
}

async function measure(
  keeper: Child,
  workers: readonly Child[],
  { contestant, place, jobs }: Work,
): Promise<Measured> {
  const performed = performedBy(workers, jobs);
  const serverCpuMs = place.serverCpuMs();
  const startedAt = performance.now();
  const working = workers.map((worker) => worker.ask({ do: "work" }));
  if (contestant.tells !== false) await within(GIVE_UP_MS, performed.reached);
  const everyMs = contestant.tells === false ? ASK_RARELY_MS : ASK_EVERY_MS;
  while (!(await keeper.ask<boolean>({ do: "isDrained" }))) {
    if (performance.now() - startedAt > GIVE_UP_MS) throw new Error("it did not drain its jobs in 5 minutes");
    await sleep(everyMs);
  }
  const ms = performance.now() - startedAt;
  await Promise.all(working);
  const each = await Promise.all(workers.map((worker) => worker.ask<Measured>({ do: "measure" })));
  if (performed.count() > jobs) process.stdout.write(`    ${performed.count() - jobs} jobs were run twice\n`);
  return { ...together(each), ops: jobs, ms, serverCpuMs: place.serverCpuMs() - serverCpuMs };
}

function performedBy(workers: readonly Child[], jobs: number) {
  const counts = new Map<Child, number>();
  const count = () => [...counts.values()].reduce((sum, each) => sum + each, 0);
  const reached = new Promise<void>((resolve) => {
    for (const worker of workers)
      worker.on("event", ({ performed }) => {
        if (typeof performed !== "number") return;
        counts.set(worker, performed);
        if (count() >= jobs) resolve();
      });
  });
  return { count, reached };
}

/** CPU and commands of all processes; the memory of the largest. */
function together(each: readonly Measured[]): Measured {
  const commands: Record<string, number> = {};
  for (const measured of each)
    for (const [command, count] of Object.entries(measured.commands))
      commands[command] = (commands[command] ?? 0) + count;
  return {
    ops: 0,
    ms: 0,
    cpuMs: each.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssMb: Math.max(...each.map(({ rssMb }) => rssMb)),
    commands,
    serverCpuMs: Number.NaN,
  };
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  const timeout = new AbortController();
  const late = sleep(ms, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`it did not perform its jobs in ${ms / 60_000} minutes`);
  });
  late.catch(() => undefined);
  await Promise.race([promise, late]);
  timeout.abort();
}
