/** How much is kept: keys may come from data, and a process that meets ever new ones must not keep them all. */
const MOST = 1000;

/** A pure function of a text that computes each answer once. `Intl` is quick to ask and slow to set up. */
export function memoize<V>(compute: (key: string) => V): (key: string) => V {
  const known = new Map<string, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = compute(key);
    if (known.size >= MOST) known.clear();
    known.set(key, value);
    return value;
  };
}
