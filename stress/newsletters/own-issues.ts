import { type Entry, LedgerReader } from "../ledger.ts";

export interface OwnIssues {
  /** How many newsletters there were so far. */
  readonly count: number;
  /** The keys of those that were begun, and are not known to be planned to their end. */
  readonly unplanned: readonly string[];
}

/** What those processes left that held this place before: as a supervisor starts the same command again. */
export function announcedBy(post: string, folder: string): OwnIssues {
  const reader = new LedgerReader(folder, `${post}.`);
  const entries = reader.read();
  reader.close();
  const keys = keysOf(entries, "announced");
  const planned = new Set(keysOf(entries, "planned"));
  return { count: keys.length, unplanned: keys.filter((key) => !planned.has(key)) };
}

function keysOf(entries: readonly Entry[], what: "announced" | "planned"): readonly string[] {
  return entries.flatMap((entry) => (entry.what === what ? [entry.key] : []));
}
