// npm run examples: runs every example in a process of its own, and says what each did.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const HERE = import.meta.dirname;
const ALL = ["newsletter", "images", "download", "collection", "import", "spam", "search"];
const names = process.argv.length > 2 ? process.argv.slice(2) : ALL;

if (process.env.EXAMPLES_INSTALL !== "off" && !existsSync(join(HERE, "node_modules")))
  await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: HERE });

let failed = 0;
for (const name of names) {
  const folder = mkdtempSync(join(tmpdir(), `example-${name}-`));
  const file = join(HERE, `${name}.ts`);
  try {
    const env = {
      ...process.env,
      MAIL_FROM: "Shop <shop@example.com>",
      DELAYED_MAILER_SQLITE: "store.sqlite",
      DELAYED_MAILER_TEMPLATES: join(HERE, "templates"),
    };
    const { stdout } = await run(process.execPath, ["--import", import.meta.resolve("tsx"), file], {
      cwd: folder,
      env,
    });
    process.stdout.write(`${stdout.trimEnd().replace(/^/gm, name.padEnd(12))}\n`);
  } catch (error) {
    failed += 1;
    process.stderr.write(
      `${name.padEnd(12)}failed: ${String(error instanceof Error && "stderr" in error ? error.stderr : error)}\n`,
    );
  } finally {
    rmSync(resolve(folder), { recursive: true, force: true });
  }
}
process.exitCode = failed === 0 ? 0 : 1;
