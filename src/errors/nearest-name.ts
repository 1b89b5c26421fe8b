import { distance } from "fastest-levenshtein";

/** Two letters off, or the half of a short name, is a mistyped name; more is another one. Two letters that changed places are two. */
const MOST_OFF = 2;

/** The name that somebody meant who wrote another: `subjct` is `subject`, `replyto` is `replyTo`. Undefined where none is near. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const [nearest] = names
    .map((name) => ({ name, off: distance(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, off }) => off <= Math.min(MOST_OFF, Math.floor(name.length / 2)))
    .sort((a, b) => a.off - b.off);
  return nearest?.name;
}
