// Imports 100,000 rows of CSV into SQLite, with a report of the bad ones. Its worker is killed half-way; the next one goes on where it stopped.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import type { Database as Shop } from "better-sqlite3";
import { parse } from "csv-parse";
import { z } from "zod";
import { close, configure, Job, job, openApp } from "../src/index.ts";

const ROWS = 100_000;
const BATCH = 1_000;
/** Node's own SQLite, from 22.13 on; better-sqlite3 before. */
const sqlite = process.getBuiltinModule("node:sqlite") as
  | { DatabaseSync: new (path: string) => Shop }
  | undefined;
const Database = sqlite?.DatabaseSync ?? (await import("better-sqlite3")).default;
type Product = readonly [row: number, sku: string, price: number];
type BadRow = readonly [row: number, text: string, reason: string];
interface BadRowFound {
  readonly row: number;
  readonly text: string;
  readonly reason: string;
}
const Row = z.object({ sku: z.string().min(1), price: z.coerce.number().positive() });

const ImportRows = job("ImportRows", {
  args: z.tuple([z.string()]),
  checkpoint: z.object({ row: z.int() }),
  keepResult: "1h",
  async perform(file, { checkpoint, progress, signal }) {
    const begin = checkpoint.value?.row ?? 0;
    const shop = new Database("shop.sqlite");
    shop.exec("PRAGMA busy_timeout = 5000");
    shop.exec("CREATE TABLE IF NOT EXISTS products (row INTEGER PRIMARY KEY, sku TEXT, price REAL)");
    shop.exec("CREATE TABLE IF NOT EXISTS bad_rows (row INTEGER PRIMARY KEY, text TEXT, reason TEXT)");
    // By the row's number, so that a batch that was written and not noted is written once more and not twice.
    const report = shop.prepare("INSERT OR REPLACE INTO bad_rows VALUES (?, ?, ?)");
    const put = shop.prepare("INSERT OR REPLACE INTO products VALUES (?, ?, ?)");
    const putAll = (all: readonly Product[], bad: readonly BadRow[]) => {
      shop.exec("BEGIN");
      for (const each of all) put.run(...each);
      for (const each of bad) report.run(...each);
      shop.exec("COMMIT");
    };
    let batch: Product[] = [];
    let bad: BadRow[] = [];
    const rows = createReadStream(file, { signal }).pipe(parse({ columns: true, from: begin + 1 }));
    let row = begin;
    for await (const record of rows) {
      row += 1;
      const { success, data, error } = Row.safeParse(record);
      if (success) batch.push([row, data.sku, data.price]);
      else bad.push([row, JSON.stringify(record), z.prettifyError(error)]);
      if (row % BATCH !== 0) continue;
      putAll(batch, bad);
      [batch, bad] = [[], []];
      await checkpoint.save({ row });
      progress(row / ROWS, `row ${row}`);
    }
    putAll(batch, bad);
    shop.close();
    return { rows: row, resumedAt: begin };
  },
});

configure({ sqlite: "store.sqlite" });
if (process.argv[2] === "worker") {
  await (await openApp()).worker({ lease: 1_000 }).run();
} else {
  const csv = createWriteStream("products.csv");
  csv.write("sku,price\n");
  for (let row = 1; row <= ROWS; row++) csv.write(`sku-${row},${row % 1_000 === 0 ? "free" : row / 100}\n`);
  csv.end();
  await once(csv, "finish");

  const stored = await ImportRows.delay().perform("products.csv");
  const startWorker = () =>
    spawn(process.execPath, [...process.execArgv, import.meta.filename, "worker"], { stdio: "inherit" });
  const current = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return (await Job.find(stored.id))?.record;
  };
  const first = startWorker();
  let killedAt = 0;
  while (killedAt < ROWS * 0.3) {
    const { progress, lastError } = (await current()) ?? {};
    if (lastError !== undefined) throw new Error(lastError);
    killedAt = Math.round((progress?.share ?? 0) * ROWS);
  }
  first.kill("SIGKILL");
  await once(first, "exit");

  const second = startWorker();
  while ((await current())?.state !== "done") if ((await current())?.state === "failed") break;
  second.kill("SIGTERM");
  await once(second, "exit");
  const job = await Job.find(stored.id);
  const shop = new Database("shop.sqlite");
  const { count } = shop.prepare("SELECT count(*) AS count FROM products").get() as { count: number };
  const bad = shop.prepare("SELECT row, text, reason FROM bad_rows ORDER BY row").all() as BadRowFound[];
  const { rows, resumedAt } = z.object({ rows: z.int(), resumedAt: z.int() }).parse(job?.record.result);
  console.log(`the worker was killed about row ${killedAt}; the next one went on at row ${resumedAt + 1}`);
  console.log(`${rows} rows, ${count} products, ${bad.length} rows that are not usable`);
  for (const { row, text, reason } of bad.slice(0, 2))
    console.log(`row ${row}, ${text}: ${reason.replaceAll("\n", "")}`);
  if (rows !== ROWS || count !== ROWS - 100 || bad.length !== 100 || resumedAt < BATCH) process.exitCode = 1;
  await close();
}
