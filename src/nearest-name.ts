/** How many typing mistakes a name may have and still be taken for another. */
const MISTAKES = 2;

/**
 * The one of `names` that `given` looks like a typing mistake of.
 * @param mistakes how many letters may be wrong, missing, too many, or in each other's place. @default 2
 */
export function nearestName(
  given: string,
  names: readonly string[],
  mistakes = MISTAKES,
): string | undefined {
  const ranked = names
    .map((name) => ({ name, distance: distanceBetween(given, name) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= mistakes ? best.name : undefined;
}

/** Damerau's distance: a changed, missing, additional or swapped letter is one mistake. */
export function distanceBetween(a: string, b: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next[column] = Math.min(
        (current[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (current[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (previous[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [previous, current] = [current, next];
  }
  return current[b.length] ?? 0;
}
