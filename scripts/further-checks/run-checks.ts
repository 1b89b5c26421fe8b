import { spawn } from "node:child_process";

export interface Check {
  readonly name: string;
  readonly command: string;
  /** How long it usually takes, in s. It is begun only where so much time is left. */
  readonly takes: number;
}

export type CheckResult = "passed" | "failed" | "not to be had here" | "cut off" | "not begun";

export interface CheckReport {
  readonly name: string;
  readonly result: CheckResult;
  /** In s. */
  readonly took: number;
}

export interface CheckTimes {
  /** In s, for all of them. */
  readonly within: number;
  /** What `takes` is multiplied by: this machine's time for something, in proportion to its usual time. @default 1 */
  readonly slowness?: number;
}

/** As sysexits.h has it: what is needed cannot be had here. */
const UNAVAILABLE = 69;
/** How long a check that is out of time may take to end what it started, in ms. */
const ENDING_MS = 5_000;

/** One after another, as far as the time reaches. What is out of time is ended with all it started, and has not failed. */
export async function runChecks(
  checks: readonly Check[],
  { within, slowness = 1 }: CheckTimes,
): Promise<readonly CheckReport[]> {
  const end = performance.now() + within * 1_000;
  const reports: CheckReport[] = [];
  for (const { name, command, takes } of checks) {
    const begun = performance.now();
    const left = end - begun;
    const result = left < takes * slowness * 1_000 ? "not begun" : await run(command, left);
    reports.push({ name, result, took: (performance.now() - begun) / 1_000 });
  }
  return reports;
}

async function run(command: string, patience: number): Promise<CheckResult> {
  // In a group of its own, so that everything it started ends with it.
  const child = spawn(command, { shell: true, stdio: ["ignore", "inherit", "inherit"], detached: true });
  let isCutOff = false;
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // All of the group has ended.
    }
  };
  const timers = [
    setTimeout(() => {
      isCutOff = true;
      signal("SIGTERM");
    }, patience),
    setTimeout(() => signal("SIGKILL"), patience + ENDING_MS),
  ];
  const code = await new Promise<number | null>((resolve) => {
    child.once("exit", resolve).once("error", () => resolve(1));
  });
  for (const timer of timers) clearTimeout(timer);
  if (isCutOff) {
    signal("SIGKILL");
    return "cut off";
  }
  if (code === UNAVAILABLE) return "not to be had here";
  return code === 0 ? "passed" : "failed";
}
