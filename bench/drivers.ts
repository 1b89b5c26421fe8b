import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Events } from "../src/events.ts";
import { Worker } from "../src/queue/worker/worker.ts";
import { type Database, openDatabase } from "../src/stores/sqlite/database.ts";
import type { DriverName } from "../src/stores/sqlite/driver.ts";
import { SqliteJobStore } from "../src/stores/sqlite/jobs/job-store.ts";
import { SqliteNewsletterStore } from "../src/stores/sqlite/newsletters/newsletter-store.ts";
import { hasNodeSqlite } from "../src/stores/sqlite/node-sqlite.ts";
import type { Measured } from "./support/contender.ts";
import { benchJob, benchRegistry } from "./support/jobs.ts";
import { machine } from "./support/machine.ts";
import { Meter } from "./support/meter.ts";
import { interleaved } from "./support/rounds.ts";
import { printTable } from "./support/table.ts";

const NODE = "node:sqlite";
const BETTER = "better-sqlite3";
const CHUNK = 100;
const BATCH = 1_000;

type Task = (database: Database, count: number) => Promise<Measured>;

/**
 * The store on both SQLite drivers, in one process, in turns, each run on a new file that is synced at every write: storing jobs 1,000 at a
 * time and one by one, draining no-op jobs, recording the progress of a newsletter's chunk of 100. On Node 20 to 22; both only on 22.13 and later 22.
 * Flags: --jobs N (default 10000), --rounds N (default 5)
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { jobs: { type: "string", default: "10000" }, rounds: { type: "string", default: "5" } },
  });
  const jobs = Number(values.jobs);
  process.stdout.write(`${machine()}\n`);
  const names = hasNodeSqlite() ? [NODE, BETTER] : [BETTER];
  const tasks: readonly [what: string, task: Task, count: number][] = [
    [`insert ${jobs} jobs, ${BATCH} at a time`, insertMany, jobs],
    [`insert ${jobs / 10} jobs, one at a time`, insertOneByOne, jobs / 10],
    [`work off ${jobs} no-op jobs`, workOff, jobs],
    [`record the progress of a chunk, ${jobs / 10} times`, record, jobs / 10],
  ];
  for (const [what, task, count] of tasks) {
    process.stdout.write(`\n${what}\n`);
    const once = (name: string) => onNewFile(name === NODE ? "node" : BETTER, task, count);
    printTable(await interleaved(names, Number(values.rounds), once), NODE);
  }
}

async function onNewFile(driver: DriverName, task: Task, count: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-bench-"));
  const database = await openDatabase(join(folder, "store.sqlite"), { driver });
  try {
    return await task(database, count);
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function insertMany(database: Database, count: number): Promise<Measured> {
  const store = new SqliteJobStore(database);
  const batches = batchesOf(count);
  const meter = new Meter();
  for (const batch of batches) await store.insert(batch);
  return meter.read(count);
}

async function insertOneByOne(database: Database, count: number): Promise<Measured> {
  const store = new SqliteJobStore(database);
  const jobs = batchesOf(count).flat();
  const meter = new Meter();
  for (const job of jobs) await store.insert([job]);
  return meter.read(count);
}

async function workOff(database: Database, count: number): Promise<Measured> {
  const store = new SqliteJobStore(database);
  for (const batch of batchesOf(count)) await store.insert(batch);
  const registry = benchRegistry(() => undefined);
  const worker = new Worker({ store, registry, events: new Events() }, { exitOnComplete: true });
  const meter = new Meter();
  await worker.run();
  const measured = meter.read(count);
  await store.close();
  return measured;
}

async function record(database: Database, count: number): Promise<Measured> {
  const ledger = new SqliteNewsletterStore(database);
  const { handler, action, args, params, meta, queue, priority, maxAttempts } = benchJob();
  const call = { handler, action, args, params, meta, queue, priority, maxAttempts, chunkSize: CHUNK };
  const planner = { token: "p", leaseMs: 60_000 };
  await ledger.begin({ id: "b", key: "b", ...call }, planner);
  const identities = Array.from({ length: CHUNK }, (_, index) => `person-${index}@example.com`);
  const chunk = { id: "b:0", newsletter: "b", number: 0, recipients: identities, identities };
  await ledger.addChunk(chunk);
  await ledger.take(chunk, "t");
  const outcomes = new Uint8Array(CHUNK);
  const meter = new Meter();
  for (let index = 0; index < count; index++) {
    outcomes[index % CHUNK] = 2;
    await ledger.record(chunk.id, "t", { outcomes, complete: false });
  }
  return meter.read(count);
}

function batchesOf(count: number) {
  return Array.from({ length: Math.ceil(count / BATCH) }, (_, index) =>
    Array.from({ length: Math.min(BATCH, count - index * BATCH) }, () => benchJob()),
  );
}
