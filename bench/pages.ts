import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { close, configure, openApp } from "../src/index.ts";
import { newObjectId } from "../src/jobs/object-id.ts";
import { serveDashboard } from "../src/web/dashboard/serve-dashboard.ts";
import { machine } from "./support/machine.ts";

const AT_ONCE = 5_000;
const QUEUES = 10;
/** How many of them have failed, of a hundred. */
const FAILED = 20;

/**
 * How long the pages of the dashboard take over a store of so many jobs, and what their server takes of memory.
 * Flags: --jobs N (default 1000000), --rounds N (default 20); on SQLite
 */
export async function run(args: readonly string[]): Promise<void> {
  const options = {
    jobs: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "20" },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const [jobs, rounds] = [Number(values.jobs), Number(values.rounds)];
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-pages-"));
  try {
    configure({ sqlite: join(folder, "store.sqlite"), from: "a@x.test" });
    await fill(jobs);
    await measure(jobs, rounds);
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(jobs: number): Promise<void> {
  const { store } = await openApp();
  for (let at = 0; at < jobs; at += AT_ONCE) {
    const length = Math.min(AT_ONCE, jobs - at);
    const isFailing = (at / AT_ONCE) % 100 < FAILED;
    const runAt = new Date(Date.now() + (isFailing ? -1_000 : 86_400_000));
    await store.insert(
      Array.from({ length }, (_, index) => ({
        ...{
          id: newObjectId(),
          handler: "BenchMailer",
          action: "hello",
          args: ["ann@example.com"],
          params: {},
        },
        ...{ meta: {}, queue: `queue-${index % QUEUES}`, priority: index % 3, maxAttempts: 25, runAt },
      })),
    );
    if (!isFailing) continue;
    const held = await store.claim({ workerId: "w", token: "t", limit: length, leaseMs: 60_000 });
    const failure = {
      token: "t",
      kind: "fail",
      error: "Error: 550 no such user",
      reason: "rejected",
    } as const;
    await store.settle(held.map(({ id }) => ({ id, ...failure })));
  }
}

async function measure(jobs: number, rounds: number): Promise<void> {
  const { store } = await openApp();
  const server = await serveDashboard({}, { port: 0 });
  const [failed] = await store.page({ state: "failed", limit: 1 });
  const paths = [
    "/",
    "/jobs",
    "/jobs?state=ready",
    "/jobs?state=failed",
    "/jobs?state=failed&q=nothing",
    `/jobs/${failed?.id}`,
    "/queues",
    "/metrics",
  ];
  process.stdout.write(`${machine()}\npages over ${jobs} jobs, ${FAILED} of 100 failed, ${QUEUES} queues\n`);
  for (const path of paths) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const begun = performance.now();
      const response = await fetch(server.url + path);
      await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      times.push(performance.now() - begun);
    }
    const [median = 0] = times.toSorted((a, b) => a - b).slice(Math.floor(rounds / 2));
    const shown = path.replace(/[0-9a-f]{24}/, "ID").padEnd(32);
    process.stdout.write(
      `${shown} median ${median.toFixed(1)} ms, worst ${Math.max(...times).toFixed(1)} ms\n`,
    );
  }
  process.stdout.write(
    `resident memory, the store's and this program's own in it: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB\n`,
  );
  await server.close();
}
