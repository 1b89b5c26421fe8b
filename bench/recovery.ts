import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Child } from "./support/child.ts";
import { sharedClock } from "./support/clock.ts";
import { benchJob } from "./support/jobs.ts";
import { machine } from "./support/machine.ts";
import { type Places, placesOf } from "./support/places.ts";
import { storeAt } from "./support/store-at.ts";
import { median, printRows } from "./support/table.ts";
import { onJob, startWorkerChild } from "./support/worker-child.ts";

interface Recovery {
  /** From the kill until the first, the middle and the last of the jobs ran elsewhere, in seconds. */
  readonly first: number;
  readonly middle: number;
  readonly last: number;
  /** Jobs that did not run to their end elsewhere, or are still in the store. */
  readonly lost: number;
  /** Jobs that ran to their end more than once. */
  readonly twice: number;
}

const GIVE_UP_MS = 90_000;
const HEARTBEAT_MS = 10_000;

/**
 * Kills (SIGKILL) a worker that runs many jobs, at a random moment between its heartbeats; another worker with nothing to do is there.
 * Everything has its defaults: a lease of 30 s, dead workers looked for every 10 s.
 * Flags: --store mongo|sqlite|both (default both), --jobs N (default 100), --rounds N
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: "string", default: "both" },
      jobs: { type: "string", default: "100" },
      rounds: { type: "string", default: "3" },
    },
  });
  const jobs = Number(values.jobs);
  const stores = (["mongo", "sqlite"] as const).filter((each) => [each, "both"].includes(values.store));
  const rows: (readonly string[])[] = [];
  process.stdout.write(
    `${machine()}\nrecovery: a worker with ${jobs} jobs running is killed; until all of them run in another process\n`,
  );
  for (const store of stores) {
    const places = placesOf(store);
    const rounds: Recovery[] = [];
    for (let round = 1; round <= Number(values.rounds); round++) {
      const recovery = await recover(places, jobs);
      rounds.push(recovery);
      process.stdout.write(`  round ${round}  ${store}  ${JSON.stringify(recovery)}\n`);
    }
    const of = (pick: (recovery: Recovery) => number) => rounds.map(pick);
    rows.push([
      store,
      ...[of(({ first }) => first), of(({ middle }) => middle), of(({ last }) => last)].map((seconds) =>
        median(seconds).toFixed(1),
      ),
      Math.max(...of(({ last }) => last)).toFixed(1),
      String(of(({ lost }) => lost).reduce((sum, each) => sum + each, 0)),
      String(of(({ twice }) => twice).reduce((sum, each) => sum + each, 0)),
      places.name,
    ]);
  }
  printRows(["store", "first s", "median s", "all s", "worst s", "lost", "ended twice", "on"], rows);
}

async function recover(places: Places, jobs: number): Promise<Recovery> {
  const place = await places.open();
  const { store, close } = await storeAt(place.uri);
  const options = { concurrency: jobs };
  const killed = await startWorkerChild({ uri: place.uri, options, jobMs: -1 });
  const other = await startWorkerChild({ uri: place.uri, options, jobMs: -1 });
  try {
    await store.insert(Array.from({ length: jobs }, () => benchJob()));
    await startAll(killed, jobs);
    await other.ask({ do: "work" });
    await sleep(HEARTBEAT_MS * Math.random());
    const elsewhere = new Map<string, number>();
    const ended: string[] = [];
    onJob(other, "started", ({ id, at }) => elsewhere.set(id, at));
    onJob(other, "done", ({ id }) => ended.push(id));
    const killedAt = sharedClock();
    await killed.kill();
    const end = performance.now() + GIVE_UP_MS;
    while (new Set(ended).size < jobs && performance.now() < end) await sleep(50);
    const seconds = [...elsewhere.values()].map((at) => (at - killedAt) / 1_000).toSorted((a, b) => a - b);
    return {
      first: seconds[0] ?? Number.NaN,
      middle: median(seconds),
      last: seconds.length < jobs ? Number.NaN : (seconds.at(-1) ?? Number.NaN),
      lost: jobs - new Set(ended).size + (await store.count({})),
      twice: ended.length - new Set(ended).size,
    };
  } finally {
    await killed.kill();
    await other.close();
    await close();
    await place.close();
  }
}

/** Resolves when all jobs run. */
async function startAll(worker: Child, jobs: number): Promise<void> {
  let running = 0;
  const all = new Promise<void>((resolve) =>
    onJob(worker, "started", () => {
      running += 1;
      if (running === jobs) resolve();
    }),
  );
  await worker.ask({ do: "work" });
  await all;
}
