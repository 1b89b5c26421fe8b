import type { QueueStatus } from "../../jobs/job-record.ts";
import { Queue } from "../../jobs/queue.ts";
import { type Command, EXIT, parseFlags, type Terminal, UsageError } from "../command.ts";
import { printJson, printTable } from "../output.ts";

const FLAGS = { json: { type: "boolean" } } as const;

export const queuesCommand: Command = {
  name: "queues",
  summary: "list queues, pause and resume them",
  help: `queues list [--json]
       delayed-mailer queues pause NAME...
       delayed-mailer queues resume NAME...

list     every queue that has jobs or is paused, with its jobs by state
pause    workers claim nothing more from it; what runs goes on, and jobs can
         still be stored
resume   workers claim from it again

A pause is kept in the store and holds for all workers, until it is resumed.

Example: delayed-mailer queues pause newsletters`,
  mailers: "some",
  async run([verb, ...args], terminal) {
    const { values, positionals } = parseFlags(args, FLAGS);
    if (verb === "list") return list(terminal, values.json === true);
    if (verb === "pause") return each(positionals, (queue) => queue.pause(), "paused", terminal);
    if (verb === "resume") return each(positionals, (queue) => queue.resume(), "resumed", terminal);
    throw new UsageError(
      verb
        ? `queues has no "${verb}". Say list, pause or resume.`
        : "queues what? Say list, pause or resume.",
    );
  },
};

async function list(terminal: Terminal, json: boolean): Promise<number> {
  const queues = await Queue.all();
  if (json) for (const queue of queues) printJson(terminal, queue);
  else if (queues.length === 0) terminal.out.write("No queues.\n");
  else printTable(terminal, ["QUEUE", "READY", "RUNNING", "FAILED", "DONE", ""], queues.map(row));
  return EXIT.ok;
}

function row({ name, ready, leased, failed, done, paused }: QueueStatus): readonly string[] {
  return [name, ...[ready, leased, failed, done].map(String), paused ? "paused" : ""];
}

async function each(
  names: readonly string[],
  act: (queue: Queue) => Promise<void>,
  done: string,
  { out }: Terminal,
): Promise<number> {
  if (names.length === 0) throw new UsageError("Name the queues; queues list shows them.");
  for (const name of names) await act(Queue.named(name));
  out.write(`${names.join(", ")} ${done}.\n`);
  return EXIT.ok;
}
