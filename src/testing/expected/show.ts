import { inspect } from "node:util";
import { type AsymmetricMatcher, isStandIn } from "./asymmetric-matcher.ts";

const MAX_TEXT = 60;
const MAX_ITEMS = 5;
const MAX_DEPTH = 3;

/** What turns lines of a terminal around, or ends them, beside what JSON escapes. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A value as a short text on one line, as it would be written in code where there is a way. */
export function show(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "string":
      return quoted(cut(value, MAX_TEXT));
    case "bigint":
      return `${value}n`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "function":
      return cut(String(value).replace(/\s+/g, " "), MAX_TEXT);
    case "object":
      return value === null ? "null" : showObject(value, depth);
    default:
      return String(value);
  }
}

/** Two texts of which each is shown where they begin to differ. */
export function showApart(a: string, b: string): readonly [string, string] {
  const at = [...Array(Math.min(a.length, b.length)).keys()].find((index) => a[index] !== b[index]);
  const from = Math.max(0, (at ?? Math.min(a.length, b.length)) - MAX_TEXT / 3);
  const part = (text: string) => quoted(`${from > 0 ? "…" : ""}${cut(text.slice(from), MAX_TEXT)}`);
  return a.length <= MAX_TEXT && b.length <= MAX_TEXT ? [show(a), show(b)] : [part(a), part(b)];
}

/** At most so many characters, with an ellipsis where some are left out, and no character cut in two. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

function quoted(text: string): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(UNPRINTABLE, escaped);
}

function showObject(value: object, depth: number): string {
  if (value instanceof Date) return showDate(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (isStandIn(value)) return cut(describeStandIn(value, depth), MAX_TEXT * 2);
  if ("toHexString" in value && typeof value.toHexString === "function")
    return `ObjectId("${value.toHexString()}")`;
  if (value instanceof Error) return cut(`${value.name}: ${value.message}`, MAX_TEXT);
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? "[…]" : "{…}";
  if (Array.isArray(value))
    return showList(
      "[",
      value.map((item) => show(item, depth + 1)),
      "]",
    );
  if (isPlain(value)) return showList("{ ", entriesOf(value, depth), " }");
  return cut(
    inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY }).replace(/\s+/g, " "),
    MAX_TEXT,
  );
}

/** As Vitest and Jest print theirs: `Any<String>`, `StringContaining("Ann")`. */
function describeStandIn(value: AsymmetricMatcher, depth: number): string {
  if ("toAsymmetricMatcher" in value && typeof value.toAsymmetricMatcher === "function")
    return String(value.toAsymmetricMatcher());
  return "sample" in value ? `${value}(${show(value.sample, depth + 1)})` : String(value);
}

function entriesOf(value: object, depth: number): readonly string[] {
  return Object.entries(value).map(([key, inner]) => `${showKey(key)}: ${show(inner, depth + 1)}`);
}

/** A key as it stands in code. */
export function showKey(key: string): string {
  return isName(key) ? key : quoted(key);
}

export function isName(key: string): boolean {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key);
}

function showList(open: string, items: readonly string[], close: string): string {
  if (items.length === 0) return open.trim() + close.trim();
  const more = items.length > MAX_ITEMS ? [`… ${items.length - MAX_ITEMS} more`] : [];
  return `${open}${[...items.slice(0, MAX_ITEMS), ...more].join(", ")}${close}`;
}

function showDate(date: Date): string {
  return Number.isNaN(date.getTime()) ? "new Date(NaN)" : `new Date("${date.toISOString()}")`;
}

/** Also of another realm: Jest runs each test file in one of its own. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
