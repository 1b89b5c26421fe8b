import { existsSync, readFileSync } from "node:fs";
import { doubtfulVariables } from "../config/environment.ts";
import { errorMessage } from "../errors/error-message.ts";
import { PROCESS_VARIABLE } from "../supervisor/process-link.ts";
import { type Terminal, UsageError } from "./command.ts";
import { WATCHED_VARIABLE } from "./worker/watch.ts";

const FILE = ".env";
/** What Node reads as one entry: nothing, a comment, or a value, which may go over lines between quotes. */
const ENTRY =
  /[^\S\n]*(?:#[^\n]*|(?:export[^\S\n]+)?[\w.-]+[^\S\n]*=[^\S\n]*(?:"[^"]*"[^\n]*|'[^']*'[^\n]*|`[^`]*`[^\n]*|[^"'`\n][^\n]*|(?=\n|$)))?(?:\n|$)/y;

/**
 * Reads `.env` from the working directory, where there is one; what the environment says already wins. Then tells the variables that look
 * like a typing mistake.
 * @throws UsageError when the file cannot be read
 */
export function readEnvironment({ err }: Terminal): void {
  if (existsSync(FILE)) loadFile();
  // A process of a supervisor's, or of --watch, repeats nothing.
  if (process.env[PROCESS_VARIABLE] !== undefined || process.env[WATCHED_VARIABLE] !== undefined) return;
  for (const warning of doubtfulVariables(process.env)) err.write(`${warning}\n`);
}

/** Node passes over what it does not understand, and a forgotten quote would take a setting away in silence. */
function loadFile(): void {
  try {
    const line = firstBrokenLine(readFileSync(FILE, "utf8").replaceAll("\r\n", "\n"));
    if (line !== undefined) throw new Error(`line ${line} is not NAME=value, or its quote is not closed`);
    process.loadEnvFile(FILE);
  } catch (error) {
    throw new UsageError(`${FILE} cannot be read: ${errorMessage(error)}.`, { cause: error });
  }
}

function firstBrokenLine(text: string): number | undefined {
  ENTRY.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    if (!ENTRY.test(text)) return text.slice(0, at).split("\n").length;
    at = ENTRY.lastIndex;
  }
  return undefined;
}
