import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
/** Those that need nothing but what is installed here anyhow; the others need what `npm run examples` installs. */
const PLAIN = ["collection", "download", "import", "newsletter"];

it.each(PLAIN)("the example %s does what it says", async (name) => {
  const { stdout } = await run(process.execPath, ["--import", "tsx", "examples/run.ts", name], {
    env: { ...process.env, EXAMPLES_INSTALL: "off" },
  });
  expect(stdout).toMatch(new RegExp(`^${name} +\\w`));
});

it("the examples are those that its README names, and `npm run examples` runs", () => {
  const files = readdirSync("examples").filter((name) => /^(?!run)\w+\.ts$/.test(name));
  const readme = readFileSync("examples/README.md", "utf8");
  const runner = readFileSync("examples/run.ts", "utf8");
  expect(files).toHaveLength(7);
  for (const file of files) {
    expect(readme).toContain(`[${file}](${file})`);
    expect(runner).toContain(`"${file.replace(".ts", "")}"`);
  }
});
