import type { Entry } from "../ledger.ts";
import type { History } from "./history.ts";

const BEFORE_MS = 500;

/** Everything that is known of one call, with what happened meanwhile to the processes that had to do with it and to the store. */
export function storyOf(call: string, { entries, calls }: History): readonly string[] {
  const ids = new Set(calls.get(call)?.runs.map(({ id }) => id));
  const own = entries.filter((entry) => isOf(entry, call, ids));
  const [first] = own;
  const last = own.at(-1);
  if (first === undefined || last === undefined) return ["The ledger knows nothing of it."];
  const pids = new Set(own.map(({ pid }) => pid));
  const told = entries.filter(
    (entry) =>
      own.includes(entry) ||
      (entry.at > first.at - BEFORE_MS && entry.at < last.at + BEFORE_MS && concerns(entry, pids)),
  );
  return told.map((entry) => line(entry, entry.at - first.at));
}

function isOf(entry: Entry, call: string, ids: ReadonlySet<string>): boolean {
  return ("call" in entry && entry.call === call) || (entry.what === "lost" && ids.has(entry.id));
}

function concerns(entry: Entry, pids: ReadonlySet<number>): boolean {
  if ("target" in entry) return pids.has(entry.target);
  return entry.what === "fault" || entry.what === "over" || (entry.what === "lagged" && pids.has(entry.pid));
}

function line({ at: _, pid, by, what, ...fields }: Entry, ms: number): string {
  const rest = Object.entries(fields)
    .filter(([name]) => name !== "call")
    .map(([name, value]) => `${name} ${typeof value === "number" ? Math.round(value) : value}`);
  return `${ms.toFixed(1).padStart(10)} ms  ${`${by} (${pid})`.padEnd(22)} ${what.padEnd(9)} ${rest.join(", ")}`;
}
