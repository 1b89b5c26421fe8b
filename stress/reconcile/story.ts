import type { Entry } from "../ledger.ts";
import type { History } from "./history.ts";
import type { Broken } from "./promise.ts";

const BEFORE_MS = 500;

/**
 * Everything that is known of one call, or of one recipient and the chunk he is in, with what happened meanwhile to the processes that
 * had to do with it, to the store and to the mail server.
 */
export function storyOf({ call, recipient }: Broken, { entries }: History): readonly string[] {
  if (call === undefined && recipient === undefined) return [];
  const ids = new Set(entries.flatMap((entry) => ("id" in entry && isOfCall(entry, call) ? [entry.id] : [])));
  const own = entries.filter((entry) => isOfCall(entry, call) || isOf(entry, ids, recipient));
  const [first] = own;
  const last = own.at(-1);
  if (first === undefined || last === undefined) return ["The ledger knows nothing of it."];
  const pids = new Set(own.flatMap((entry) => ("client" in entry ? [entry.pid, entry.client] : [entry.pid])));
  const told = entries.filter(
    (entry) =>
      own.includes(entry) ||
      (entry.at > first.at - BEFORE_MS && entry.at < last.at + BEFORE_MS && concerns(entry, pids)),
  );
  return told.map((entry) => line(entry, entry.at - first.at));
}

function isOfCall(entry: Entry, call: string | undefined): boolean {
  return "call" in entry && entry.call === call;
}

function isOf(entry: Entry, ids: ReadonlySet<string>, recipient: string | undefined): boolean {
  if (entry.what === "taken") return entry.recipient.toLowerCase() === recipient;
  return entry.what === "lost" && ids.has(entry.id);
}

function concerns(entry: Entry, pids: ReadonlySet<number>): boolean {
  if ("target" in entry) return pids.has(entry.target);
  if (entry.what === "serving" || entry.what === "hung up") return true;
  return entry.what === "fault" || entry.what === "over" || (entry.what === "lagged" && pids.has(entry.pid));
}

function line({ at: _, pid, by, what, ...fields }: Entry, ms: number): string {
  const rest = Object.entries(fields)
    .filter(([name]) => name !== "call")
    .map(([name, value]) => `${name} ${typeof value === "number" ? Math.round(value) : value}`);
  return `${ms.toFixed(1).padStart(10)} ms  ${`${by} (${pid})`.padEnd(22)} ${what.padEnd(9)} ${rest.join(", ")}`;
}
