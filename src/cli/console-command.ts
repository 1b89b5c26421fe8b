import { homedir } from "node:os";
import { join } from "node:path";
import { type REPLEval, type REPLServer, Recoverable, start } from "node:repl";
import { openApp } from "../app/current-app.ts";
import { erase } from "../app/current-app.ts";
import { Batch, batch } from "../jobs/batch.ts";
import { delayAll } from "../jobs/delayable-call.ts";
import { Job } from "../jobs/job.ts";
import { Newsletter } from "../jobs/newsletter.ts";
import { Queue } from "../jobs/queue.ts";
import { type Command, EXIT, parseFlags, type Terminal, UsageError } from "./command.ts";
import { loadedExports } from "./mailers.ts";

const HISTORY = ".delayed_mailer_history";

export const consoleCommand: Command = {
  name: "console",
  summary: "look at jobs and call mailers by hand, in JavaScript",
  help: `console

Opens Node's own prompt with what the application has: the exports of its
mailers' and jobs' files by their names, Job, Queue, Newsletter, Batch, batch,
delayAll, erase, and the application as app. It is connected as a worker is, by
the same settings: what is called here happens. await works without a function.

The history is kept in ~/${HISTORY}; NODE_REPL_HISTORY names another
file, and keeps none where it is empty.

Where nobody types, what comes in is performed line by line, and values are
printed; exit code 1 when something was thrown.

Example: delayed-mailer console < look.js`,
  mailers: "some",
  async run(args, terminal) {
    const { positionals } = parseFlags(args, {});
    if (positionals.length > 0)
      throw new UsageError("console takes no arguments: type at its prompt, or pipe lines into it.");
    const app = await openApp();
    const isTyped = terminal.in?.isTTY === true;
    if (isTyped) terminal.out.write(`Jobs are kept in ${app.stores.description}\n`);
    return converse({ ...LIBRARY, ...loadedExports(), app }, terminal, isTyped);
  },
};

const LIBRARY = { Job, Queue, Newsletter, Batch, batch, delayAll, erase };

/** Resolves when it is left, or nothing more comes in. @returns the exit code */
async function converse(
  values: Readonly<Record<string, unknown>>,
  { in: input = process.stdin, out }: Terminal,
  isTyped: boolean,
): Promise<number> {
  const repl = start({
    ...{ input, output: out, terminal: isTyped, ignoreUndefined: !isTyped },
    prompt: isTyped ? "delayed-mailer> " : "",
  });
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(repl.context, name, {
      ...{ value, configurable: true, enumerable: true, writable: true },
    });
  // The dots before a line that goes on are for who types.
  if (!isTyped) Object.defineProperty(repl, "displayPrompt", { value: () => undefined });
  const threw = noteErrors(repl);
  if (isTyped) await keepHistory(repl);
  await new Promise<void>((resolve) => repl.once("exit", resolve));
  return !isTyped && threw() ? EXIT.failed : EXIT.ok;
}

/** @returns whether something was thrown by then */
function noteErrors(repl: REPLServer): () => boolean {
  let threw = false;
  const evaluate: REPLEval = repl.eval;
  const noting: REPLEval = function noting(this: REPLServer, code, context, file, done) {
    evaluate.call(this, code, context, file, (error, value) => {
      // A line that is not whole yet is no error.
      if (error !== null && !(error instanceof Recoverable)) threw = true;
      done(error, value);
    });
  };
  Object.defineProperty(repl, "eval", { value: noting });
  return () => threw;
}

/** A history that cannot be read or written is no reason to open no console. */
async function keepHistory(repl: REPLServer): Promise<void> {
  const path = process.env.NODE_REPL_HISTORY ?? join(homedir(), HISTORY);
  if (path !== "") await new Promise<void>((resolve) => repl.setupHistory(path, () => resolve()));
}
