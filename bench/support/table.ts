import type { Measured } from "./contender.ts";
import { type Results, rate, tripsPerJob } from "./rounds.ts";

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1] ?? sorted[middle], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** The value under which so many of a hundred are. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** How many times another's rate ours is, round by round; rounds that one of the two did not finish are left out. */
export function ratios(results: Results, ours: string, other: string): readonly number[] {
  const others = results.get(other) ?? [];
  return (results.get(ours) ?? []).flatMap((own, round) => {
    const theirs = others[round];
    return own && theirs ? [rate(own) / rate(theirs)] : [];
  });
}

export function medianRate(results: Results, name: string): number {
  return median(finished(results.get(name)).map(rate));
}

/** Medians, and for each other contender how many times ours it is. */
export function printTable(results: Results, ours: string): void {
  const rows = [...results].flatMap(([name, runs]) => {
    const done = finished(runs);
    return done.length === 0 ? [] : [rowOf(name, done, name === ours ? [] : ratios(results, ours, name))];
  });
  printRows(
    ["contender", "per s", "cpu-s/1000", "server cpu", "MB", "trips/job", "ours is (each round)"],
    rows,
  );
}

/** The first column and the last to the left, numbers to the right. */
export function printRows(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 || column === row.length - 1 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  process.stdout.write(`\n${[head, ...rows].map(line).join("\n")}\n`);
}

function rowOf(name: string, runs: readonly Measured[], ratio: readonly number[]): readonly string[] {
  const of = (pick: (measured: Measured) => number, digits: number) => {
    const value = median(runs.map(pick));
    return Number.isNaN(value) ? "-" : value.toFixed(digits);
  };
  const hasCommands = runs.some(({ commands }) => Object.keys(commands).length > 0);
  return [
    name,
    of(rate, 0),
    of(({ cpuMs, ops }) => cpuMs / ops, 3),
    of(({ serverCpuMs, ops }) => serverCpuMs / ops, 3),
    of(({ rssMb }) => rssMb, 0),
    hasCommands ? of(tripsPerJob, 3) : "-",
    ratio.length === 0 ? "" : `${times(median(ratio))} (${ratio.map(times).join(", ")})`,
  ];
}

function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}x`;
}

function finished(runs: readonly (Measured | undefined)[] = []): readonly Measured[] {
  return runs.filter((run) => run !== undefined);
}
