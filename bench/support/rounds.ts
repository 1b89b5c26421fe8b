import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Measured } from "./contender.ts";

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL("../contender.ts", import.meta.url));
const PEERS = fileURLToPath(new URL("../peers/", import.meta.url));

export interface Task {
  readonly name: string;
  readonly work: "enqueue-one" | "enqueue-bulk" | "work-off";
  /** A fresh database for every run. */
  readonly uri: () => string;
  readonly jobs: number;
  readonly concurrency: number;
}

/** Installs the peers once, into their own folder. */
export async function installPeers(): Promise<void> {
  if (existsSync(`${PEERS}node_modules`)) return;
  process.stdout.write("Installing the peers into bench/peers ...\n");
  await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: PEERS });
}

/** One contender, once, in a process of its own. */
export async function measure({ uri, ...task }: Task): Promise<Measured> {
  const argument = JSON.stringify({ ...task, uri: uri() });
  const { stdout } = await run(process.execPath, ["--import", "tsx", SCRIPT, argument], { timeout: 120_000 });
  const line = stdout.split("\n").find((each) => each.startsWith('{"ops"'));
  if (line === undefined) throw new Error(`${task.name} printed no measurement: ${stdout}`);
  return JSON.parse(line) as Measured;
}

/** All contenders, one after another, again and again: what disturbs the machine disturbs them all. */
export async function interleaved(
  tasks: readonly Task[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const results = new Map<string, Measured[]>(tasks.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++)
    for (const task of tasks) {
      const measured = await measure(task).catch((error: unknown) => {
        process.stderr.write(`${task.name} did not finish: ${headOf(error)}\n`);
      });
      if (!measured) continue;
      results.get(task.name)?.push(measured);
      process.stdout.write(`  round ${round}  ${task.name.padEnd(14)} ${Math.round(rate(measured))}/s\n`);
    }
  return results;
}

export function rate({ ops, ms }: Measured): number {
  return (ops / ms) * 1000;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1] ?? sorted[middle], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** Medians, and for each other contender how many times ours it is, round by round. */
export function printTable(results: ReadonlyMap<string, readonly Measured[]>, ours: string): void {
  const own = results.get(ours) ?? [];
  process.stdout.write(
    `\n${"contender".padEnd(16)}${"per s".padStart(9)}${"cpu-s/1000".padStart(12)}${"MB".padStart(7)}${"trips/job".padStart(11)}   ours is\n`,
  );
  for (const [name, runs] of results) {
    if (runs.length === 0) continue;
    const of = (pick: (measured: Measured) => number) => median(runs.map(pick));
    const ratios = runs.flatMap((run, round) => (own[round] ? [rate(own[round]) / rate(run)] : []));
    const ratio =
      name === ours
        ? ""
        : `${median(ratios).toFixed(2)}x (${ratios.map((each) => each.toFixed(2)).join(", ")})`;
    process.stdout.write(
      `${name.padEnd(16)}${Math.round(of(rate)).toString().padStart(9)}${of(({ cpuMs, ops }) => cpuMs / ops)
        .toFixed(3)
        .padStart(12)}${Math.round(of(({ rssMb }) => rssMb))
        .toString()
        .padStart(7)}${of(({ commands, ops }) => commands / ops)
        .toFixed(3)
        .padStart(11)}   ${ratio}\n`,
    );
  }
}

function headOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n").slice(0, 6).join(" | ");
}
