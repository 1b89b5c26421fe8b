import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * delayed_job's own specs hold it to 202 behaviours, DJ-001 to DJ-202; DJX-01 to DJX-26 are what it leaves open or gets wrong. A test of
 * ours carries the numbers of those that it shows in its name: (DJ-031), (DJ-001, DJ-002), (DJ-057 to DJ-061).
 */

const TESTS = fileURLToPath(new URL("..", import.meta.url));

const BEHAVIOURS = 202;
const ADDITIONS = 26;

export const WITHOUT_TEST: readonly { readonly why: string; readonly numbers: readonly string[] }[] = [
  {
    why: "they are about Ruby itself",
    numbers: [13, 15, 28, 115, 129, 162, 163, 164, 166, 198].map(named),
  },
];

/** The numbers that stand in the names of tests. */
export function numbersInTests(): ReadonlySet<string> {
  const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.test\.ts$|^contracts\/.*\.ts$/.test(path),
  );
  return new Set(files.flatMap((path) => numbersIn(readFileSync(join(TESTS, path), "utf8"))));
}

/** Those that have neither a test nor a reason. */
export function missingBehaviours(): readonly string[] {
  const found = numbersInTests();
  const excused = new Set(WITHOUT_TEST.flatMap(({ numbers }) => numbers));
  return allNumbers().filter((number) => !found.has(number) && !excused.has(number));
}

export function allNumbers(): readonly string[] {
  return [...range(1, BEHAVIOURS).map(named), ...range(1, ADDITIONS).map(namedAddition)];
}

/** In parentheses, within the name of a test. */
export function numbersIn(text: string): readonly string[] {
  const groups = text.match(/\((?=[^()\n]*DJX?-\d)[^()\n]*\)/g) ?? [];
  return groups.flatMap((group) => [...spans(group), ...(group.match(/DJX?-\d+/g) ?? [])]);
}

function spans(group: string): readonly string[] {
  return Array.from(group.matchAll(/DJ-(\d+) to DJ-(\d+)/g), ([, from, to]) =>
    range(Number(from), Number(to)).map(named),
  ).flat();
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function named(number: number): string {
  return `DJ-${String(number).padStart(3, "0")}`;
}

function namedAddition(number: number): string {
  return `DJX-${String(number).padStart(2, "0")}`;
}
