import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "./child.ts";
import type { Measured } from "./contender.ts";
import { type Contestant, launchOf } from "./contestants.ts";
import type { Place } from "./places.ts";
import { countPerformed, startAll, together } from "./work-off-run.ts";

export interface SteadyRun {
  /** Never more jobs than this are waiting, and seldom less than half of it. */
  readonly depth: number;
  readonly seconds: number;
  readonly processes: number;
  readonly concurrency: number;
  readonly node22: string | undefined;
  readonly profile?: string | undefined;
}

const WARM_UP_MS = 2_000;

/** Measures processes that have been at work for a while, and that never run out of jobs: a further process stores as many as end. */
export async function runSteady(
  name: string,
  contestant: Contestant,
  place: Place,
  run: SteadyRun,
): Promise<Measured> {
  const { depth, seconds } = run;
  const keeper = await Child.start(
    name,
    launchOf(contestant, { ...run, uri: place.uri, profile: undefined }),
  );
  const workers = await startAll(name, contestant, place, run);
  const count = countPerformed(workers);
  let stored = 0;
  let isOver = false;
  const store = async (jobs: number) => {
    await keeper.ask({ do: "enqueue", how: "bulk", count: jobs });
    stored += jobs;
  };
  const feed = async () => {
    while (!isOver) {
      if (stored - count() <= depth / 2) await store(depth / 2);
      else await sleep(1);
    }
  };
  const look = async () => {
    const each = await Promise.all(workers.map((worker) => worker.ask<Measured>({ do: "measure" })));
    const { cpuMs, commands, rssMb } = together(each);
    const ops = count();
    return { ops, ms: performance.now(), cpuMs, rssMb, commands, serverCpuMs: place.serverCpuMs() };
  };
  try {
    await store(depth);
    await Promise.all(workers.map((worker) => worker.ask({ do: "work" })));
    const feeding = feed();
    await sleep(WARM_UP_MS);
    const before = await look();
    await sleep(seconds * 1_000);
    const after = await look();
    isOver = true;
    await feeding;
    return between(before, after);
  } finally {
    isOver = true;
    await Promise.all([keeper, ...workers].map((child) => child.close()));
  }
}

function between(before: Measured, after: Measured): Measured {
  const commands = Object.entries(after.commands).map(([name, count]) => [
    name,
    count - (before.commands[name] ?? 0),
  ]);
  return {
    ops: after.ops - before.ops,
    ms: after.ms - before.ms,
    cpuMs: after.cpuMs - before.cpuMs,
    rssMb: after.rssMb,
    commands: Object.fromEntries(commands) as Readonly<Record<string, number>>,
    serverCpuMs: after.serverCpuMs - before.serverCpuMs,
  };
}
