import { homedir } from "node:os";
import { join } from "node:path";
import { type REPLServer, start } from "node:repl";
import { erase, openApp } from "../../app/current-app.ts";
import { Batch, batch } from "../../jobs/batch.ts";
import { delayAll } from "../../jobs/delayable-call.ts";
import { Job } from "../../jobs/job.ts";
import { Newsletter } from "../../jobs/newsletter.ts";
import { Queue } from "../../jobs/queue.ts";
import { type Command, EXIT, parseFlags, type Terminal, UsageError } from "../command.ts";
import { loadedExports } from "../mailers.ts";
import { performLines } from "./perform-lines.ts";
import { registeredRecords } from "./registered-records.ts";

const HISTORY = ".delayed_mailer_history";

export const consoleCommand: Command = {
  name: "console",
  summary: "look at jobs and call mailers by hand, in JavaScript",
  help: `console

Opens Node's own prompt with what the application has: the exports of its
mailers' and jobs' files by their names, delayable records, Job, Queue,
Newsletter, Batch, batch, delayAll, erase, and the application as app. It has
the settings of a worker: what is called here happens. await works without a
function; .exit leaves.

The history is kept in ~/${HISTORY}; NODE_REPL_HISTORY names
another file, and keeps none where it is empty.

What is piped in is performed statement by statement, each when the one before
has ended, and values are printed. The first error ends it, with exit code 1.

Example: delayed-mailer console < look.js`,
  mailers: "some",
  async run(args, terminal) {
    const { positionals } = parseFlags(args, {});
    if (positionals.length > 0)
      throw new UsageError("console takes no arguments: type at its prompt, or pipe lines into it.");
    const app = await openApp();
    define({ ...LIBRARY, ...registeredRecords(), ...loadedExports(), app });
    if (terminal.in?.isTTY !== true) return performLines(terminal);
    terminal.out.write(`Jobs are kept in ${app.stores.description}\n`);
    await converse(terminal);
    return EXIT.ok;
  },
};

const LIBRARY = { Job, Queue, Newsletter, Batch, batch, delayAll, erase };

/** In the global scope itself: objects of a scope of its own are of other classes, and no schema takes a Date of those. */
function define(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(globalThis, name, {
      ...{ value, configurable: true, enumerable: true, writable: true },
    });
}

/** Resolves when it is left. */
async function converse({ in: input = process.stdin, out: output }: Terminal): Promise<void> {
  const repl = start({ input, output, terminal: true, useGlobal: true, prompt: "delayed-mailer> " });
  // Whoever leaves at once leaves before the history is read.
  const left = new Promise<void>((resolve) => repl.once("exit", resolve));
  await keepHistory(repl);
  await left;
}

/** A history that cannot be read or written is no reason to open no console. */
async function keepHistory(repl: REPLServer): Promise<void> {
  const path = process.env.NODE_REPL_HISTORY ?? join(homedir(), HISTORY);
  if (path !== "") await new Promise<void>((resolve) => repl.setupHistory(path, () => resolve()));
}
