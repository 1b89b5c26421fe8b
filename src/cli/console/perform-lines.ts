import { createInterface } from "node:readline";
import { inspect } from "node:util";
import { EXIT, type Terminal } from "../command.ts";
import { Evaluator } from "./evaluator.ts";

/** A line that goes on with what stands before it: `.list()`, `&& more`, `} else {`. */
const GOES_ON = /^\s*(?:\?*\.(?!\.\.)|[)\]},:;?&|*%=<>^]|\/(?![/*])|(?:else|catch|finally|instanceof|in)\b)/;
const SAYS_NOTHING = /^\s*(?:\/\/.*)?$/;

/** Lines that may be a statement by now. */
interface Pending {
  /** Where it begins, 1 for the first line of all. */
  readonly line: number;
  readonly code: string;
}

/**
 * Performs what comes in, each statement when the one before has ended, and prints its value.
 * @returns the exit code: 1 at the first error
 */
export async function performLines(terminal: Terminal): Promise<number> {
  const evaluator = new Evaluator();
  try {
    return await performAll(evaluator, terminal);
  } finally {
    evaluator.close();
  }
}

async function performAll(evaluator: Evaluator, terminal: Terminal): Promise<number> {
  const { in: input = process.stdin } = terminal;
  let pending: Pending | undefined;
  let line = 0;
  for await (const text of createInterface({ input, terminal: false })) {
    line += 1;
    const isNew = !SAYS_NOTHING.test(text) && !GOES_ON.test(text);
    if (pending && isNew) {
      const ended = await perform(pending, evaluator, terminal);
      if (ended === "failed") return EXIT.failed;
      if (ended === "done") pending = undefined;
    }
    if (pending) pending = { ...pending, code: `${pending.code}\n${text}` };
    else if (!SAYS_NOTHING.test(text)) pending = { line, code: text };
  }
  if (pending === undefined) return EXIT.ok;
  return (await perform(pending, evaluator, terminal, true)) === "done" ? EXIT.ok : EXIT.failed;
}

async function perform(
  { line, code }: Pending,
  evaluator: Evaluator,
  { out, err }: Terminal,
  isLast = false,
): Promise<"done" | "unfinished" | "failed"> {
  const evaluated = await evaluator.run(`${code}\n`);
  if (evaluated.kind === "unfinished" && !isLast) return "unfinished";
  if (evaluated.kind !== "value") {
    err.write(`Line ${line}: ${evaluated.problem}\n`);
    return "failed";
  }
  const { value } = evaluated;
  if (value !== undefined) out.write(`${inspect(value, { colors: out.isTTY === true })}\n`);
  return "done";
}
