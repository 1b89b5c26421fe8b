import type { AsymmetricMatcher } from "./asymmetric-matcher.ts";
import { differences } from "./differences.ts";
import { show } from "./show.ts";

/** Takes any value, `undefined` too. */
export function anything(): AsymmetricMatcher {
  return standIn("anything()", () => true);
}

/**
 * Takes an object that has at least this; what it has beside that does not count, at any depth.
 * @example assertSent(OrderMailer, "confirm", ["ann@example.com", like({ id: 42 })]);
 */
export function like(part: object): AsymmetricMatcher {
  return standIn(
    `like(${show(part)})`,
    (value) => differences(part, value, "", { partial: true }).length === 0,
  );
}

/**
 * Takes the values for which `accepts` is true.
 * @example assertQueued(UserMailer, "remind", { runAt: where((at: Date) => at.getUTCHours() === 9) });
 */
export function where<T>(accepts: (value: T) => boolean): AsymmetricMatcher {
  // The place where it stands says which type its values have.
  return standIn(`where(${show(accepts)})`, (value) => accepts(value as T));
}

/** With what Vitest and Jest print of a matcher of theirs. */
function standIn(description: string, accepts: (value: unknown) => boolean): AsymmetricMatcher {
  return Object.freeze({ asymmetricMatch: accepts, toAsymmetricMatcher: () => description });
}
