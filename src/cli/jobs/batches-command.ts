import { Batch } from "../../jobs/batch.ts";
import { headline } from "../../jobs/describe-error.ts";
import {
  type Command,
  EXIT,
  integerFlag,
  NotFoundError,
  parseFlags,
  type Terminal,
  UsageError,
} from "../command.ts";
import { isAgreed } from "../confirm.ts";
import { printable, printJson, printTable } from "../output.ts";
import { batchLine } from "./batch-line.ts";

const FLAGS = {
  limit: { type: "string" },
  yes: { type: "boolean" },
  json: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseFlags<typeof FLAGS>>["values"];

const HEAD = ["KEY", "STATE", "TOTAL", "DONE", "FAILED", "CANCELLED", "PENDING", "STORED"];
/** So many failed jobs of a batch are named. */
const NAMED = 20;

export const batchesCommand: Command = {
  name: "batches",
  summary: "list, show, cancel or remove batches of jobs",
  help: `batches list [--limit N] [--json]
       delayed-mailer batches show KEY [--json]
       delayed-mailer batches cancel KEY [--yes]
       delayed-mailer batches remove KEY [--yes]

list     newest first, 20 unless --limit says more
show     how far it is, and the first 20 jobs that failed
cancel   takes back what waits and aborts what runs; then it ends as usual
remove   one that has ended, with its failed jobs; its key is free after that

cancel and remove ask first; where nobody can be asked they need --yes.
Exit code 1 when there is no batch of this key, or it has not ended.
Example: delayed-mailer batches show "import 7"`,
  mailers: "some",
  async run([verb, ...args], terminal) {
    const { values, positionals } = parseFlags(args, FLAGS);
    if (verb === "list") return list(values, terminal);
    const act = verb === undefined || !Object.hasOwn(ACTS, verb) ? undefined : ACTS[verb];
    if (act) return act(await one(positionals), values, terminal);
    throw new UsageError(
      verb
        ? `batches has no "${verb}". Say list, show, cancel or remove.`
        : "batches what? Say list, show, cancel or remove.",
    );
  },
};

const ACTS: Readonly<Record<string, (batch: Batch, values: Values, terminal: Terminal) => Promise<number>>> =
  {
    async show(batch, { json }, terminal) {
      if (json) printJson(terminal, await described(batch));
      else {
        terminal.out.write(`${batchLine(batch.key, await batch.progress())}\n`);
        for (const job of await batch.jobs().where({ state: "failed" }).list({ limit: NAMED }))
          terminal.out.write(`${job.id}  ${printable(`${job.name}  ${headline(job.lastError ?? "")}`)}\n`);
      }
      return EXIT.ok;
    },

    async cancel(batch, { yes }, terminal) {
      const question = `Cancel what waits or runs of the batch "${printable(batch.key)}" for good?`;
      if (!(await isAgreed({ command: "batches cancel", question, yes }, terminal))) return EXIT.failed;
      const count = await batch.cancel();
      terminal.out.write(`${count} ${count === 1 ? "job" : "jobs"} cancelled.\n`);
      return EXIT.ok;
    },

    async remove(batch, { yes }, terminal) {
      const question = `Remove the batch "${printable(batch.key)}" and its failed jobs for good?`;
      if (!(await isAgreed({ command: "batches remove", question, yes }, terminal))) return EXIT.failed;
      await batch.remove();
      terminal.out.write("Removed.\n");
      return EXIT.ok;
    },
  };

async function list({ limit, json }: Values, terminal: Terminal): Promise<number> {
  const most = integerFlag("limit", limit) ?? 20;
  if (most < 1) throw new UsageError(`--limit is 1 or more, not ${most}.`);
  const batches = await Promise.all((await Batch.list({ limit: most })).map(described));
  if (json) for (const batch of batches) printJson(terminal, batch);
  else if (batches.length === 0) terminal.out.write("No batches.\n");
  else printTable(terminal, HEAD, batches.map(row));
  return EXIT.ok;
}

/** @throws UsageError | NotFoundError */
async function one([key, ...rest]: readonly string[]): Promise<Batch> {
  if (!key || rest.length > 0) throw new UsageError("Name one batch by its key; batches list shows them.");
  const batch = await Batch.find(key);
  if (batch) return batch;
  throw new NotFoundError(`There is no batch "${key}"; batches list shows those there are.`);
}

async function described(batch: Batch) {
  return { ...batch.toJSON(), ...(await batch.progress()) };
}

function row(batch: Awaited<ReturnType<typeof described>>): readonly string[] {
  const { key, state, total, done, failed, cancelled, pending, createdAt } = batch;
  const numbers = [total, done, failed, cancelled, pending].map(String);
  return [key, state, ...numbers, `${createdAt.toISOString().slice(0, 16)}Z`];
}
