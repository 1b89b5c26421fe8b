import { MAX_ERROR_TEXT } from "./job-record.ts";

/** What errors of others mean for whoever reads them among jobs, because they do not say it themselves. */
const HINTS: readonly (readonly [sign: RegExp, hint: string])[] = [
  [
    /^Operation `.*` buffering timed out after \d+ms/,
    "mongoose is not connected in this process: await mongoose.connect(...) in the worker's file, before runWorker(); see docs/mongoose.md",
  ],
  [
    /^Cannot call `.*` before initial connection is complete/,
    "mongoose is not connected in this process: await mongoose.connect(...) in the worker's file, before runWorker(); see docs/mongoose.md",
  ],
];

/** What of an error is kept as a job's `lastError`, in UTF-16 code units: enough for a stack, never enough to stop a store. */
export const ERROR_LIMIT = 8_192;

/** An error as text: name, message, stack and causes, cut to a limit; anything may have been thrown. */
export function describeError(error: unknown, limit: number = ERROR_LIMIT): string {
  const text = describe(error, 0).toWellFormed().replaceAll("\0", "\ufffd");
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

/** A stored error as one of those that a job keeps beside the last. */
export function cutError(text: string): string {
  return text.length <= MAX_ERROR_TEXT ? text : `${text.slice(0, MAX_ERROR_TEXT - 1).toWellFormed()}…`;
}

function describe(error: unknown, depth: number): string {
  if (!(error instanceof Error)) return `Thrown: ${printed(error)}`;
  const { name, message, stack, cause } = error;
  const hint = hintFor(error);
  const said = hint === undefined ? message : `${message} (${hint})`;
  const head = said === "" ? name : `${name}: ${said}`;
  const frames = typeof stack === "string" ? stack.split("\n").filter((line) => /^\s+at /.test(line)) : [];
  const own = [head, ...frames].join("\n");
  return cause === undefined || depth >= 3 ? own : `${own}\nCaused by ${describe(cause, depth + 1)}`;
}

function printed(value: unknown): string {
  try {
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  } catch {
    return "something that cannot be printed";
  }
}

/** The first line of a stored error, for logs and lists. */
export function headline(error: string): string {
  return error.split("\n", 1)[0] ?? "";
}

/** A way out that the error itself does not name; undefined for most. */
function hintFor({ message }: Error): string | undefined {
  return HINTS.find(([sign]) => sign.test(message))?.[1];
}
