import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Child } from "./support/child.ts";
import { sharedClock } from "./support/clock.ts";
import type { Measured } from "./support/contender.ts";
import { benchJob } from "./support/jobs.ts";
import { machine } from "./support/machine.ts";
import { mongoPlaces, type Place, type Places, sqlitePlaces } from "./support/places.ts";
import { storeAt } from "./support/store-at.ts";
import { percentile, printRows } from "./support/table.ts";
import { onJob, startWorkerChild } from "./support/worker-child.ts";

interface Case {
  readonly name: string;
  readonly places: Places;
  /** The worker's own process stores the jobs, and not another one. */
  readonly sameProcess: boolean;
}

interface Row {
  readonly name: string;
  readonly commands: Readonly<Record<string, number>>;
  readonly cpuMs: number;
  readonly latencies: readonly number[];
}

const SETTLE_MS = 3_000;

/**
 * One worker process with nothing to do: what it costs, and how long a job that is stored takes until it begins, from the call that
 * stores it. Jobs come one at a time, after pauses of random length, so that polls are met at any moment.
 * Flags: --seconds N (idle time, default 60), --samples N (jobs of each case, default 200), --only TEXT (cases whose name has it)
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "60" },
      samples: { type: "string", default: "200" },
      only: { type: "string", default: "" },
    },
  });
  const replicaSet = mongoPlaces();
  const standalone = mongoPlaces({ standalone: true });
  const sqlite = sqlitePlaces();
  const cases: readonly Case[] = [
    { name: "MongoDB replica set, change stream", places: replicaSet, sameProcess: false },
    { name: "MongoDB replica set, same process", places: replicaSet, sameProcess: true },
    { name: "MongoDB standalone, polling", places: standalone, sameProcess: false },
    { name: "SQLite, another process", places: sqlite, sameProcess: false },
    { name: "SQLite, same process", places: sqlite, sameProcess: true },
  ].filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase()));
  process.stdout.write(
    `${machine()}\nidle: 1 process, an empty store for ${values.seconds} s, then ${values.samples} jobs of 200 bytes that do nothing, one at a time, 0 to 1 s apart;
on ${replicaSet.name}; ${standalone.name}; ${sqlite.name}\n`,
  );
  const rows: Row[] = [];
  for (const each of cases) {
    const row = await measureCase(each, Number(values.seconds), Number(values.samples));
    process.stdout.write(`  ${row.name}: ${JSON.stringify(row.commands)}\n`);
    rows.push(row);
  }
  const seconds = Number(values.seconds);
  printRows(
    ["worker", "commands/s", "cpu ms/s", "p50 ms", "p99 ms", "max ms", ""],
    rows.map(({ name, commands, cpuMs, latencies }) => [
      name,
      (Object.values(commands).reduce((sum, count) => sum + count, 0) / seconds).toFixed(2),
      (cpuMs / seconds).toFixed(1),
      ...[50, 99, 100].map((percent) => percentile(latencies, percent).toFixed(1)),
      "",
    ]),
  );
}

async function measureCase(
  { name, places, sameProcess }: Case,
  seconds: number,
  samples: number,
): Promise<Row> {
  const place = await places.open();
  const worker = await startWorkerChild({ uri: place.uri });
  try {
    await worker.ask({ do: "work" });
    await sleep(SETTLE_MS);
    await worker.ask({ do: "reset" });
    await sleep(seconds * 1_000);
    const { commands, cpuMs } = await worker.ask<Measured>({ do: "measure" });
    return { name, commands, cpuMs, latencies: await latenciesOf(worker, { place, sameProcess, samples }) };
  } finally {
    await worker.close();
    await place.close();
  }
}

interface Sampling {
  readonly place: Place;
  readonly sameProcess: boolean;
  readonly samples: number;
}

async function latenciesOf(
  worker: Child,
  { place, sameProcess, samples }: Sampling,
): Promise<readonly number[]> {
  const { store, close } = await storeAt(place.uri);
  const begun = new Map<string, number>();
  let heard: () => void = () => undefined;
  onJob(worker, "started", ({ id, at }) => {
    begun.set(id, at);
    heard();
  });
  const insertHere = async () => {
    const job = benchJob();
    const at = sharedClock();
    await store.insert([job]);
    return { id: job.id, at };
  };
  const latencies: number[] = [];
  while (latencies.length < samples) {
    await sleep(1_000 * Math.random());
    const { id, at } = await (sameProcess
      ? worker.ask<{ readonly id: string; readonly at: number }>({ do: "insert" })
      : insertHere());
    while (!begun.has(id))
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    latencies.push((begun.get(id) ?? Number.NaN) - at);
  }
  await close();
  return latencies;
}
