import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/main.ts";
import { useCli } from "../support/cli.ts";
import { blockWith, commandsIn } from "../support/docs.ts";

const { cli } = useCli();

it("the commands of a deployment in docs/running.md do what the page says", async () => {
  for (const [npx, name, ...words] of commandsIn(blockWith("docs/running.md", "delayed-mailer indexes"))) {
    expect([npx, name]).toEqual(["npx", "delayed-mailer"]);
    expect(COMMANDS.map((command) => command.name)).toContain(words[0]);
    // No mailer is there, which check says.
    expect((await cli(...words)).code).toBe(words[0] === "check" ? 1 : 0);
  }
});

it("docs/running.md reads .env by an option of Node's, and runs the file that the package has", () => {
  expect(blockWith("docs/running.md", "node --env-file")).toContain("--env-file=.env");
  const { bin } = JSON.parse(readFileSync("package.json", "utf8")) as { bin: Record<string, string> };
  expect(Object.keys(bin)).toEqual(["delayed-mailer"]);
  expect(existsSync("src/cli.ts")).toBe(true);
});
