import { isDeepStrictEqual } from "node:util";
import { isStandIn } from "./asymmetric-matcher.ts";
import { isName, isPlain, show, showApart, showKey } from "./show.ts";

export interface DifferenceOptions {
  /** What objects have beside what is expected of them does not count. @default false */
  readonly partial?: boolean;
}

/** Deeper than this, values are equal or not as a whole: they may contain themselves. */
const MAX_DEPTH = 50;

/**
 * How a value differs from what is expected, one line for each place. A value that is not there is `undefined`, as for JavaScript's own
 * default values.
 * @param path what the value is called, such as `args[0]`
 */
export function differences(
  expected: unknown,
  actual: unknown,
  path: string,
  options: DifferenceOptions = {},
  depth = 0,
): readonly string[] {
  if (isStandIn(expected))
    return expected.asymmetricMatch(actual)
      ? []
      : [`${path}: ${show(actual)} does not fit ${show(expected)}`];
  const keys = depth < MAX_DEPTH ? keysOf(expected, actual, options) : undefined;
  if (keys === undefined) return isSame(expected, actual) ? [] : [difference(expected, actual, path)];
  return keys.flatMap((key) => {
    const [wanted, found] = [read(expected, key), read(actual, key)];
    return differences(wanted, found, pathTo(path, key), options, depth + 1);
  });
}

/** The places to compare where both are lists, or both are plain objects. */
function keysOf(
  expected: unknown,
  actual: unknown,
  { partial = false }: DifferenceOptions,
): readonly (string | number)[] | undefined {
  if (Array.isArray(expected) && Array.isArray(actual))
    return [...Array(Math.max(expected.length, actual.length)).keys()];
  if (!isPlainObject(expected) || !isPlainObject(actual)) return undefined;
  return [...new Set([...Object.keys(expected), ...(partial ? [] : Object.keys(actual))])];
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && isPlain(value);
}

function read(value: unknown, key: string | number): unknown {
  // Only lists and plain objects are read.
  const holder = value as Readonly<Record<string | number, unknown>>;
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function pathTo(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return isName(key) ? `${path}.${key}` : `${path}[${showKey(key)}]`;
}

function isSame(expected: unknown, actual: unknown): boolean {
  if (expected instanceof Uint8Array && actual instanceof Uint8Array)
    return Buffer.compare(expected, actual) === 0;
  if (expected instanceof Date && actual instanceof Date)
    return Object.is(expected.getTime(), actual.getTime());
  const [wanted, found] = [objectIdOf(expected), objectIdOf(actual)];
  if (wanted !== undefined && found !== undefined) return wanted === found;
  return isDeepStrictEqual(expected, actual);
}

/** By its shape: an application may have a bson of its own. */
function objectIdOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("_bsontype" in value)) return undefined;
  if (!("toHexString" in value) || typeof value.toHexString !== "function") return undefined;
  return String(value.toHexString());
}

/** One line that says how two values differ, also where they are long. */
export function difference(expected: unknown, actual: unknown, path: string): string {
  const [wanted, found] =
    typeof expected === "string" && typeof actual === "string"
      ? showApart(expected, actual)
      : [show(expected), show(actual)];
  if (wanted === found) return `${path}: another ${found}, which is not equal`;
  return `${path}: ${found} instead of ${wanted}`;
}
