import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** `npm run bench -- NAME [--flags]`: each benchmark is a file of this folder that exports `run`. */
const folder = fileURLToPath(new URL(".", import.meta.url));
const NOT_A_BENCHMARK = ["run.ts"];
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && !NOT_A_BENCHMARK.includes(file))
  .map((file) => file.slice(0, -3));

const [name = "", ...args] = process.argv.slice(2);
if (!names.includes(name) || !existsSync(`${folder}${name}.ts`)) {
  process.stderr.write(`Usage: npm run bench -- NAME [--flags], where NAME is one of ${names.join(", ")}.\n`);
  process.exit(2);
}
const { run } = (await import(`./${name}.ts`)) as { run: (args: readonly string[]) => Promise<void> };
await run(args);
process.exit(0);
