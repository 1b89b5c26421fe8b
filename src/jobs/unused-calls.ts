import { writeSync } from "node:fs";
import { applicationPlace } from "./source-place.ts";

/** After so long, in ms, something that was made and not used is taken for forgotten. */
const FORGOTTEN_MS = 10_000;
/** So many may be looked after at once; who makes more at a time is not somebody who forgot. */
const MOST = 1_000;
const STDERR = 2;

interface Made {
  readonly what: string;
  readonly hint: string;
  /** Its stack is written only where it is needed. */
  readonly trace: Error;
  readonly at: number;
}

const pending = new Set<Made>();
const told = new Set<string>();
let isOff = false;
let timer: NodeJS.Timeout | undefined;

/**
 * Looks after something that does nothing by itself, and tells in development, with its place, when nobody used it: within ten seconds,
 * or before the process ended.
 * @returns what to call when it is used
 */
export function expectUse(what: string, hint: string): () => void {
  if (isOff || process.env.NODE_ENV === "production" || pending.size >= MOST) return () => undefined;
  const made = { what, hint, trace: new Error("shows who calls"), at: performance.now() };
  pending.add(made);
  begin();
  return () => pending.delete(made);
}

/** Makes something only to look at it: nobody has to use it. */
export function withoutExpecting<T>(make: () => T): T {
  isOff = true;
  try {
    return make();
  } finally {
    isOff = false;
  }
}

/** What was made and not used so far, a line each, with its place. */
export function unusedCalls(): readonly string[] {
  return Array.from(pending, lineOf);
}

/** Nothing that was made before is told any more. */
export function forgetUnusedCalls(): void {
  pending.clear();
}

function begin(): void {
  if (timer !== undefined) return;
  timer = setInterval(() => tell(FORGOTTEN_MS), FORGOTTEN_MS / 2).unref();
  process.once("exit", () => tell(0));
}

/** Tests have the test kit to say so. */
function tell(olderThanMs: number): void {
  const now = performance.now();
  for (const made of pending) {
    if (now - made.at < olderThanMs) continue;
    pending.delete(made);
    const line = lineOf(made);
    if (told.has(line) || process.env.NODE_ENV === "test") continue;
    told.add(line);
    writeSync(STDERR, `${line}\n`);
  }
}

function lineOf({ what, hint, trace }: Made): string {
  const place = applicationPlace(trace.stack);
  const where = place === undefined ? "" : ` at ${place.file}:${place.line}`;
  return `${what} was called${where}, and nothing came of it: ${hint}.`;
}
