import type { Entry, EntryOf } from "../ledger.ts";

/** The entries of some sorts. */
export function of<W extends Entry["what"]>(
  entries: readonly Entry[],
  ...what: readonly W[]
): readonly EntryOf<W>[] {
  return entries.filter((entry): entry is EntryOf<W> => (what as readonly string[]).includes(entry.what));
}

export function grouped<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
