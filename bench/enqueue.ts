import { parseArgs } from "node:util";
import { sqliteFiles, startBenchServer } from "./support/database.ts";
import { installPeers, interleaved, printTable } from "./support/rounds.ts";

/**
 * Stores jobs, in bulk and one by one.
 * Flags: --jobs N (default 20000 in bulk, a tenth of it one by one), --rounds N, --rtt MS
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      jobs: { type: "string", default: "20000" },
      rounds: { type: "string", default: "3" },
      rtt: { type: "string", default: "0" },
    },
  });
  await installPeers();
  const jobs = Number(values.jobs);
  const rounds = Number(values.rounds);
  const server = await startBenchServer(Number(values.rtt));
  const files = sqliteFiles();
  const task = (name: string, work: "enqueue-bulk" | "enqueue-one", count: number) => {
    const uri = name === "ours-sqlite" ? files.path : server.uri;
    return { name, work, uri, jobs: count, concurrency: 1 };
  };
  try {
    process.stdout.write(`enqueue, in bulk: ${jobs} jobs of 200 bytes, on ${server.name}\n`);
    const bulk = ["ours-mongo", "floor-mongo", "mongodb-queue", "ours-sqlite"];
    printTable(
      await interleaved(
        bulk.map((name) => task(name, "enqueue-bulk", jobs)),
        rounds,
      ),
      "ours-mongo",
    );
    const few = jobs / 10;
    process.stdout.write(`\nenqueue, one by one: ${few} jobs of 200 bytes, on ${server.name}\n`);
    const single = [
      "ours-mongo",
      "floor-mongo",
      "agenda",
      "pulse",
      "mongodb-queue",
      "mail-time",
      "ours-sqlite",
    ];
    printTable(
      await interleaved(
        single.map((name) => task(name, "enqueue-one", few)),
        rounds,
      ),
      "ours-mongo",
    );
  } finally {
    await server.close();
    files.close();
  }
}
