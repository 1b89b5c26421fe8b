import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/main.ts";
import { blockWith } from "../support/docs.ts";

/** What docs/cli.md shows of each command. */
const SHOWN: Readonly<Record<string, string>> = {
  init: blockWith("docs/cli.md", "Usage: delayed-mailer init"),
  worker: blockWith("docs/cli.md", "Usage: delayed-mailer worker"),
  send: blockWith("docs/cli.md", "Usage: delayed-mailer send"),
  perform: blockWith("docs/cli.md", "Usage: delayed-mailer perform"),
  dev: blockWith("docs/cli.md", "Usage: delayed-mailer dev"),
  preview: blockWith("docs/cli.md", "Usage: delayed-mailer preview"),
  jobs: blockWith("docs/cli.md", "Usage: delayed-mailer jobs"),
  queues: blockWith("docs/cli.md", "Usage: delayed-mailer queues"),
  schedules: blockWith("docs/cli.md", "Usage: delayed-mailer schedules"),
  newsletter: blockWith("docs/cli.md", "Usage: delayed-mailer newsletter"),
  web: blockWith("docs/cli.md", "Usage: delayed-mailer web"),
  indexes: blockWith("docs/cli.md", "Usage: delayed-mailer indexes"),
  check: blockWith("docs/cli.md", "Usage: delayed-mailer check"),
};

it("docs/cli.md has every command, with its summary", () => {
  expect(Object.keys(SHOWN)).toEqual(COMMANDS.map(({ name }) => name));
  const page = readFileSync("docs/cli.md", "utf8");
  for (const { name, summary } of COMMANDS)
    expect(page).toContain(`| [\`${name}\`](#${name}) | ${summary} |`);
});

describe.each(COMMANDS.map(({ name, help }) => [name, help] as const))("--help of %s", (name, help) => {
  it("stands in docs/cli.md", () => {
    expect(SHOWN[name]).toBe(`Usage: delayed-mailer ${help}\n`);
  });

  it("has an example, and fits a screen where it has no more flags than one has lines", () => {
    const lines = help.split("\n");
    expect(help).toMatch(/^Example: (npx )?delayed-mailer /m);
    const flags = help.match(/^ {2}(?:-\w, )?--/gm) ?? [];
    if (flags.length < 20) expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });
});

it("the samples, sources and pages that the README names are in the package", () => {
  const { files } = JSON.parse(readFileSync("package.json", "utf8")) as { files: readonly string[] };
  for (const folder of ["src", "starter", "mailers", "templates", "workers"]) {
    expect(files).toContain(folder);
    expect(existsSync(folder)).toBe(true);
  }
  expect(files).toContain("docs/*.md");
});
