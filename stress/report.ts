import type { Recovery } from "./reconcile/recovery.ts";
import type { StressResult } from "./stress.ts";

/** What a run came to, for people. */
export function report(result: StressResult): readonly string[] {
  const { store, seconds, faults, verdicts, counts, recoveries, boundMs } = result;
  const perSecond = (counts["jobs stored"] ?? 0) / seconds;
  const done = [...faults].map(([name, count]) => `${name} ${count}`).join(", ");
  return [
    `${store}: ${Math.round(seconds)} s, ${perSecond.toFixed(1)} jobs/s`,
    `  What was done to it: ${done}`,
    "",
    ...Object.entries(counts).map(([name, count]) => row(name, count)),
    "",
    ...recoveryLines(recoveries, boundMs),
    "",
    ...verdicts.map(({ name, broken }) => row(name, broken.length, broken.length === 0 ? "" : "  BROKEN")),
    ...stories(result),
  ];
}

export function isBroken({ verdicts }: StressResult): boolean {
  return verdicts.some(({ broken }) => broken.length > 0);
}

function row(name: string, value: number | string, mark = ""): string {
  return `  ${name.padEnd(62)} ${String(value).padStart(8)}${mark}`;
}

function recoveryLines(recoveries: readonly Recovery[], boundMs: number): readonly string[] {
  const undisturbed = recoveries.filter(({ isUndisturbed }) => isUndisturbed);
  return [
    row("jobs of killed workers, until they began elsewhere", recoveries.length, spread(recoveries)),
    row("  with another worker awake and nothing else in their way", undisturbed.length, spread(undisturbed)),
    row("  a lease, and the next look for leases that ran out", `${(boundMs / 1000).toFixed(1)} s`),
  ];
}

function spread(recoveries: readonly Recovery[]): string {
  const sorted = recoveries.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => {
    const ms = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
    return `${(ms / 1000).toFixed(1)} s`;
  };
  return sorted.length === 0 ? "" : `  median ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)}`;
}

function stories({ verdicts }: StressResult): readonly string[] {
  return verdicts.flatMap(({ name, broken }) =>
    broken.flatMap(({ call, recipient = call, why, story }) => [
      ...(story.length > 0 || recipient === undefined ? ["", `${name}: ${recipient ?? ""} ${why}`] : []),
      ...story.map((line) => `  ${line}`),
    ]),
  );
}
