import { debuglog } from "node:util";
import { errorMessage } from "../errors/error-message.ts";
import { DelayedMailError } from "../errors/errors.ts";
import { EXIT, type Terminal } from "./command.ts";

const debug = debuglog("delayed-mailer");
const USAGE = ["USAGE", "CONFIGURATION", "INVALID_OPTIONS"];

/** Says in words what ended a command, never as a stack. @returns the exit code */
export function notifyFailure(error: unknown, { err }: Terminal): number {
  debug("%s", error instanceof Error ? error.stack : error);
  if (error instanceof DelayedMailError) {
    err.write(`${error.message}\n`);
    return USAGE.includes(error.code) ? EXIT.usage : EXIT.failed;
  }
  err.write(`${firstLine(error)} (NODE_DEBUG=delayed-mailer shows where.)\n`);
  return EXIT.failed;
}

/** `SyntaxError: Unexpected token ')'` */
export function firstLine(error: unknown): string {
  const [line = ""] = errorMessage(error).trim().split("\n");
  return error instanceof Error && error.name !== "Error" ? `${error.name}: ${line}` : line;
}
