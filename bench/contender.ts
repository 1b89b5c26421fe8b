import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Contender, Measured, OpenContender } from "./support/contender.ts";

/** Runs one contender once, in this process, and prints what was measured as one line of JSON. */
interface Task {
  readonly name: string;
  readonly work: "enqueue-one" | "enqueue-bulk" | "work-off";
  readonly uri: string;
  readonly jobs: number;
  readonly concurrency: number;
}

const task = JSON.parse(process.argv[2] ?? "{}") as Task;
let commands = 0;
let counting = false;
const open = await opener(task.name);
const contender = await open({
  uri: task.uri,
  concurrency: task.concurrency,
  onCommand: () => {
    if (counting) commands += 1;
  },
});
if (task.work === "work-off")
  await (contender.enqueueBulk ?? contender.enqueueOneByOne).call(contender, task.jobs);
const measured = await measure(contender);
process.stdout.write(`${JSON.stringify(measured)}\n`);
await contender.close();
process.exit(0);

async function measure(measuring: Contender): Promise<Measured> {
  const { jobs, work } = task;
  counting = true;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  if (work === "work-off") await measuring.workOff(jobs);
  else if (work === "enqueue-bulk") await measuring.enqueueBulk?.(jobs);
  else await measuring.enqueueOneByOne(jobs);
  const ms = performance.now() - startedAt;
  counting = false;
  const { user, system } = process.cpuUsage(cpu);
  const rssMb = process.resourceUsage().maxRSS / 1024;
  return { ops: jobs, ms, cpuMs: (user + system) / 1000, rssMb, commands };
}

/** Ours and the floors are TypeScript here; peers live in a folder with dependencies of its own. */
async function opener(name: string): Promise<OpenContender> {
  const require = createRequire(import.meta.url);
  const folder = ["ours-mongo", "ours-sqlite", "floor-mongo"].includes(name) ? "contenders" : "peers";
  const path = require.resolve(`./${folder}/${name}.${folder === "peers" ? "js" : "ts"}`);
  return (await import(pathToFileURL(path).href)).open as OpenContender;
}
