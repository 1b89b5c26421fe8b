import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "./child.ts";
import type { Measured } from "./contender.ts";
import { type Contestant, launchOf } from "./contestants.ts";
import type { Place } from "./places.ts";

export interface Workers {
  readonly processes: number;
  readonly concurrency: number;
  readonly node22: string | undefined;
  readonly profile?: string | undefined;
}

export interface WorkOffRun extends Workers {
  readonly jobs: number;
  /** So many jobs of each kind that must not cost anything. @default 0 */
  readonly backlog?: number;
}

const ASK_EVERY_MS = 2;
/** Where the processes cannot tell, the store is asked while they work, so not often. */
const ASK_RARELY_MS = 100;
const GIVE_UP_MS = 900_000;

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
  const { backlog = 0, jobs } = run;
  const keeper = await Child.start(
    name,
    launchOf(contestant, { ...run, uri: place.uri, profile: undefined }),
  );
  const workers: Child[] = [];
  try {
    if (backlog > 0) await keeper.ask({ do: "enqueue", how: "backlog", count: backlog });
    await keeper.ask({ do: "enqueue", how: "bulk", count: jobs });
    workers.push(...(await startAll(name, contestant, place, run)));
    return await measure(keeper, workers, { contestant, place, jobs });
  } finally {
    await Promise.all([keeper, ...workers].map((child) => child.close()));
  }
}

export async function startAll(
  name: string,
  contestant: Contestant,
  place: Place,
  run: Workers,
): Promise<readonly Child[]> {
  const workers: Child[] = [];
  for (let index = 0; index < run.processes; index++)
    workers.push(await Child.start(name, launchOf(contestant, { ...run, uri: place.uri })));
  return workers;
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
  const tells = contestant.tells !== false;
  const count = countPerformed(workers);
  const serverCpuMs = place.serverCpuMs();
  const startedAt = performance.now();
  const giveUpAt = startedAt + GIVE_UP_MS;
  const working = workers.map((worker) => worker.ask({ do: "work" }));
  while (tells && count() < jobs && performance.now() < giveUpAt) await sleep(1);
  while (!(await keeper.ask<boolean>({ do: "isDrained" }))) {
    if (performance.now() > giveUpAt) throw new Error("it did not work off its jobs in 15 minutes");
    await sleep(tells ? ASK_EVERY_MS : ASK_RARELY_MS);
  }
  const ms = performance.now() - startedAt;
  await Promise.all(working);
  const each = await Promise.all(workers.map((worker) => worker.ask<Measured>({ do: "measure" })));
  if (count() > jobs) process.stdout.write(`    ${count() - jobs} jobs were run twice\n`);
  return { ...together(each), ops: jobs, ms, serverCpuMs: place.serverCpuMs() - serverCpuMs };
}

/** @returns how many jobs they have performed together, so far */
export function countPerformed(workers: readonly Child[]): () => number {
  const counts = new Map<Child, number>();
  for (const worker of workers)
    worker.on("event", ({ performed }) => {
      if (typeof performed === "number") counts.set(worker, performed);
    });
  return () => [...counts.values()].reduce((sum, each) => sum + each, 0);
}

/** CPU and commands of all processes; the memory of the largest. */
export function together(each: readonly Measured[]): Measured {
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
