import { isRegExp } from "node:util/types";
import { type AsymmetricMatcher, isStandIn } from "./asymmetric-matcher.ts";
import { difference } from "./differences.ts";
import { show } from "./show.ts";

/** A text, a pattern that is in it, or a stand-in. */
export type ExpectedText = string | RegExp | AsymmetricMatcher;

/** How a text differs that is to be this one. */
export function differencesOfText(
  expected: ExpectedText,
  actual: string | undefined,
  path: string,
): readonly string[] {
  if (typeof expected === "string") return expected === actual ? [] : [difference(expected, actual, path)];
  return fits(expected, actual) ? [] : [`${path}: ${show(actual)} does not fit ${show(expected)}`];
}

/** How a long text differs that is to contain this, where white space of any kind and length is one space. */
export function differencesOfContent(
  expected: ExpectedText,
  actual: string | undefined,
  path: string,
): readonly string[] {
  if (actual === undefined) return [`${path}: the mail has none`];
  if (typeof expected !== "string")
    return fits(expected, actual)
      ? []
      : [`${path}: does not fit ${show(expected)}; it is ${show(spaced(actual))}`];
  const [needle, content] = [spaced(expected), spaced(actual)];
  if (content.includes(needle)) return [];
  return [`${path}: does not contain ${show(needle)}; ${nearestTo(needle, content)}`];
}

function fits(expected: RegExp | AsymmetricMatcher, actual: string | undefined): boolean {
  if (isStandIn(expected)) return expected.asymmetricMatch(actual);
  // `search` begins anew each time, also where the pattern has the flag g; it would make a pattern of anything.
  return isRegExp(expected) && actual !== undefined && actual.search(expected) >= 0;
}

function spaced(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A beginning this short is there by chance. */
const MIN_ALIKE = 4;

/** The place that has most of the needle's beginning, where one has some; else how the text begins. */
function nearestTo(needle: string, content: string): string {
  const start = needle.slice(0, MIN_ALIKE);
  let best = { at: -1, length: 0 };
  for (let at = content.indexOf(start); at >= 0; at = content.indexOf(start, at + 1)) {
    const length = alike(needle, content.slice(at, at + needle.length));
    if (length > best.length) best = { at, length };
  }
  if (best.at < 0) return `it begins ${show(content)}`;
  const words = content.slice(best.at, best.at + needle.length + 1);
  return `the nearest is ${show(words.trim())}`;
}

function alike(a: string, b: string): number {
  let length = 0;
  while (length < b.length && a[length] === b[length]) length += 1;
  return length;
}
