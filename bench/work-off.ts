import { parseArgs } from "node:util";
import { sqliteFiles, startBenchServer } from "./support/database.ts";
import { installPeers, interleaved, printTable } from "./support/rounds.ts";

const PEERS = ["agenda", "agenda-tuned", "pulse", "mongodb-queue", "mail-time"];

/**
 * Drains no-op jobs until the store says that none is left.
 * Flags: --jobs N (default 1000 on MongoDB: deeper backlogs are slow on the embedded test server for everybody; 20000 on SQLite),
 * --rounds N, --rtt MS, --store mongo|sqlite, --only a,b
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      jobs: { type: "string" },
      rounds: { type: "string", default: "3" },
      rtt: { type: "string", default: "0" },
      store: { type: "string", default: "mongo" },
      concurrency: { type: "string", default: "20" },
      only: { type: "string" },
    },
  });
  const { store, rounds, rtt, only } = values;
  const isMongo = store === "mongo";
  const jobs = Number(values.jobs ?? (isMongo ? 1_000 : 20_000));
  const concurrency = Number(values.concurrency);
  const names = only?.split(",") ?? (isMongo ? ["ours-mongo", "floor-mongo", ...PEERS] : ["ours-sqlite"]);
  if (isMongo) await installPeers();
  const server = isMongo ? await startBenchServer(Number(rtt)) : undefined;
  const files = sqliteFiles();
  process.stdout.write(
    `work-off: ${jobs} no-op jobs of 200 bytes, 1 process x ${concurrency}, enqueueing not counted, on ${server?.name ?? "SQLite files, synchronous=FULL"}\n`,
  );
  const uri = server?.uri ?? files.path;
  const tasks = names.map((name) => ({ name, work: "work-off" as const, uri, jobs, concurrency }));
  try {
    printTable(await interleaved(tasks, Number(rounds)), names[0] ?? "");
  } finally {
    await server?.close();
    files.close();
  }
}
