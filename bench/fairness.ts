import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { WorkerOptions } from "../src/queue/worker/worker-options.ts";
import { printRegistrations } from "./sending/registrations.ts";
import type { Child } from "./support/child.ts";
import { sharedClock } from "./support/clock.ts";
import { benchJob } from "./support/jobs.ts";
import { machine } from "./support/machine.ts";
import { type Place, type Places, placesOf } from "./support/places.ts";
import { type OpenStore, storeAt } from "./support/store-at.ts";
import { median, printRows } from "./support/table.ts";
import { type Began, onJob, startWorkerChild } from "./support/worker-child.ts";

const FLOOD = "newsletters";
const MAIL = "mail";

/** The newsletter's jobs may fill the worker, as they may not by default. */
const ORDERS: Readonly<Record<string, WorkerOptions>> = {
  fair: { order: "fair" },
  "fair, mail=3": { order: "fair", weights: { [MAIL]: 3 } },
  "strict, mail first": { order: "strict", queues: [MAIL, FLOOD] },
  "priority (delayed_job's)": { order: "priority" },
};

interface Setting {
  readonly flood: number;
  readonly everyMs: number;
  readonly jobMs: number;
  readonly concurrency: number;
}

interface Outcome {
  /** For each registration mail: jobs of the flood that began after it was stored and before it began. */
  readonly behind: readonly number[];
  readonly waits: readonly number[];
  /** The most jobs that the worker held at once: one batch. */
  readonly batch: number;
}

/**
 * One queue is flooded; while it is worked off, registration mails of the same priority come into another queue, one by one. How many
 * jobs of the flood is each of them behind? Then both queues are flooded: which share does each get? And over real SMTP: how long do
 * registration mails wait while a newsletter runs?
 * Flags: --store mongo|sqlite (default sqlite), --flood N (default 20000 on SQLite, 1000 on MongoDB), --job MS (how long a job takes;
 * default 5 on SQLite, 50 on MongoDB), --every MS (a registration mail; default 100), --concurrency N, --rounds N (0 leaves the queues out),
 * --newsletter N (recipients over SMTP; default 30000), --mails N (registration mails beside it; default 200), --server MS (over each
 * message; default 20)
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: "string", default: "sqlite" },
      flood: { type: "string" },
      job: { type: "string" },
      every: { type: "string", default: "100" },
      concurrency: { type: "string", default: "20" },
      rounds: { type: "string", default: "3" },
      newsletter: { type: "string", default: "30000" },
      mails: { type: "string", default: "200" },
      server: { type: "string", default: "20" },
    },
  });
  const { store, rounds, newsletter, mails, server } = values;
  if (Number(rounds) > 0) await inQueues({ ...values, isMongo: store === "mongo" });
  await printRegistrations({
    newsletter: Number(newsletter),
    mails: Number(mails),
    delayMs: Number(server),
    connections: 10,
  });
}

interface QueueFlags {
  readonly isMongo: boolean;
  readonly flood?: string | undefined;
  readonly job?: string | undefined;
  readonly every: string;
  readonly concurrency: string;
  readonly rounds: string;
}

async function inQueues({ isMongo, ...values }: QueueFlags): Promise<void> {
  const setting = {
    flood: Number(values.flood ?? (isMongo ? 1_000 : 20_000)),
    jobMs: Number(values.job ?? (isMongo ? 50 : 5)),
    everyMs: Number(values.every),
    concurrency: Number(values.concurrency),
  };
  const places = placesOf(isMongo ? "mongo" : "sqlite");
  process.stdout.write(
    `${machine()}\nfairness: ${setting.flood} jobs of ${setting.jobMs} ms in "${FLOOD}", a job in "${MAIL}" every ${setting.everyMs} ms, all of one priority;
1 process x ${setting.concurrency}, on ${places.name}\n`,
  );
  const outcomes = new Map<string, Outcome[]>();
  const shares = new Map<string, number[]>();
  for (let round = 1; round <= Number(values.rounds); round++)
    for (const [name, options] of Object.entries(ORDERS)) {
      const outcome = await measured(places, options, setting, flooded);
      const share = await measured(places, options, setting, shared);
      outcomes.set(name, [...(outcomes.get(name) ?? []), outcome]);
      shares.set(name, [...(shares.get(name) ?? []), share]);
      process.stdout.write(
        `  round ${round}  ${name.padEnd(26)} behind ${Math.max(...outcome.behind)} at most, share of mail ${(share * 100).toFixed(0)} %\n`,
      );
    }
  printRows(
    [
      "order",
      "mails",
      "behind, median",
      "at most",
      "one batch",
      "wait ms, median",
      "at most",
      "share",
      "within one batch",
    ],
    [...outcomes].map(([name, all]) => rowOf(name, all, median(shares.get(name) ?? []))),
  );
}

function rowOf(name: string, outcomes: readonly Outcome[], share: number): readonly string[] {
  const behind = outcomes.flatMap((outcome) => outcome.behind);
  const waits = outcomes.flatMap((outcome) => outcome.waits);
  const isWithin = outcomes.every((outcome) => Math.max(...outcome.behind) <= outcome.batch);
  return [
    name,
    String(behind.length),
    median(behind).toFixed(0),
    Math.max(...behind).toFixed(0),
    Math.max(...outcomes.map(({ batch }) => batch)).toFixed(0),
    median(waits).toFixed(0),
    Math.max(...waits).toFixed(0),
    `${(share * 100).toFixed(0)} %`,
    isWithin ? "yes" : "no",
  ];
}

/** A store, and a worker that begins when it is told. */
interface Benched {
  readonly opened: OpenStore;
  readonly worker: Child;
  /** The jobs that the worker has begun, in order. */
  readonly began: readonly Began[];
}

type Measure<T> = (benched: Benched, setting: Setting) => Promise<T>;

async function measured<T>(
  places: Places,
  options: WorkerOptions,
  setting: Setting,
  measure: Measure<T>,
): Promise<T> {
  const place = await places.open();
  try {
    return await withWorker(place, optionsOf(options, setting), setting, measure);
  } finally {
    await place.close();
  }
}

async function withWorker<T>(
  { uri }: Place,
  options: WorkerOptions,
  setting: Setting,
  measure: Measure<T>,
): Promise<T> {
  const opened = await storeAt(uri);
  const worker = await startWorkerChild({ uri, jobMs: setting.jobMs, options });
  try {
    const began: Began[] = [];
    onJob(worker, "started", (job) => began.push(job));
    return await measure({ opened, worker, began }, setting);
  } finally {
    await worker.close();
    await opened.close();
  }
}

/** Mails come until the flood is worked off. */
async function flooded({ opened, worker, began }: Benched, { flood, everyMs }: Setting): Promise<Outcome> {
  await fill(opened, FLOOD, flood);
  await worker.ask({ do: "work" });
  const storedAt = new Map<string, number>();
  while (countOf(began, FLOOD) < flood) {
    const job = benchJob({ queue: MAIL });
    await opened.store.insert([job]);
    storedAt.set(job.id, sharedClock());
    await sleep(everyMs);
  }
  while (countOf(began, MAIL) < storedAt.size) await sleep(10);
  const { mostHeld } = await worker.ask<{ readonly mostHeld: number }>({ do: "measure" });
  const times = began.filter(({ queue }) => queue === FLOOD).map(({ at }) => at);
  const mails = began.filter(({ queue }) => queue === MAIL);
  const spans = mails.map(({ id, at }) => ({ from: storedAt.get(id) ?? at, to: at }));
  return {
    behind: spans.map(({ from, to }) => times.filter((at) => at > from && at < to).length),
    waits: spans.map(({ from, to }) => to - from),
    batch: mostHeld,
  };
}

/** Both queues have more than can be done: what part of the first half of all jobs is mail? */
async function shared({ opened, worker, began }: Benched, { flood }: Setting): Promise<number> {
  const half = flood / 2;
  await fill(opened, FLOOD, half);
  await fill(opened, MAIL, half);
  await worker.ask({ do: "work" });
  while (began.length < half) await sleep(10);
  return countOf(began.slice(0, half), MAIL) / half;
}

function optionsOf(options: WorkerOptions, { concurrency }: Setting): WorkerOptions {
  return { ...options, concurrency, limits: {} };
}

async function fill({ store }: OpenStore, queue: string, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1_000)
    await store.insert(Array.from({ length: Math.min(left, 1_000) }, () => benchJob({ queue })));
}

function countOf(began: readonly Began[], queue: string): number {
  return began.filter((job) => job.queue === queue).length;
}
