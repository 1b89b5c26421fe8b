import { existsSync, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { COMMANDS, main } from "../../src/cli/main.ts";
import { NEWSLETTER_FLAGS } from "../../src/cli/newsletter/newsletter-flags.ts";
import { WORKER_FLAGS } from "../../src/cli/worker/worker-flags.ts";
import { blockWith } from "../support/docs.ts";

/** What docs/cli.md shows of each command. */
const SHOWN: Readonly<Record<string, string>> = {
  init: blockWith("docs/cli.md", "Usage: delayed-mailer init"),
  worker: blockWith("docs/cli.md", "Performs the jobs of the mailers in ./mailers"),
  "worker queues": blockWith("docs/cli.md", "Usage: delayed-mailer worker [options], on queues"),
  "worker times": blockWith("docs/cli.md", "Usage: delayed-mailer worker [options], on times"),
  "worker processes": blockWith("docs/cli.md", "Usage: delayed-mailer worker [options], on processes"),
  "worker watching": blockWith("docs/cli.md", "Usage: delayed-mailer worker [options], on watching"),
  send: blockWith("docs/cli.md", "Usage: delayed-mailer send"),
  perform: blockWith("docs/cli.md", "Usage: delayed-mailer perform"),
  console: blockWith("docs/cli.md", "Usage: delayed-mailer console"),
  dev: blockWith("docs/cli.md", "Usage: delayed-mailer dev"),
  preview: blockWith("docs/cli.md", "Usage: delayed-mailer preview"),
  jobs: blockWith("docs/cli.md", "Usage: delayed-mailer jobs"),
  batches: blockWith("docs/cli.md", "Usage: delayed-mailer batches"),
  queues: blockWith("docs/cli.md", "Usage: delayed-mailer queues"),
  schedules: blockWith("docs/cli.md", "Usage: delayed-mailer schedules"),
  newsletter: blockWith("docs/cli.md", "delayed-mailer newsletter status [KEY] |"),
  "newsletter send": blockWith("docs/cli.md", "Stores one call per row of FILE"),
  web: blockWith("docs/cli.md", "Usage: delayed-mailer web"),
  erase: blockWith("docs/cli.md", "Usage: delayed-mailer erase"),
  indexes: blockWith("docs/cli.md", "Usage: delayed-mailer indexes"),
  check: blockWith("docs/cli.md", "Usage: delayed-mailer check"),
};

/** A screen of a terminal. */
const SCREEN = { columns: 80, lines: 24 };

const HELPS = COMMANDS.flatMap(({ name, help, topics = {} }) => [
  { name, words: [name], help },
  ...Object.entries(topics).map(([topic, text]) => ({
    name: `${name} ${topic}`,
    words: [name, topic],
    help: text,
  })),
]);

async function shown(...args: readonly string[]): Promise<string> {
  const out = new PassThrough();
  expect(await main(args, { out, err: new PassThrough() })).toBe(0);
  return String(out.read());
}

function expectOneScreen(text: string): void {
  const lines = text.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(SCREEN.lines);
  expect(lines.filter((line) => line.length > SCREEN.columns)).toEqual([]);
}

it("docs/cli.md has every command, with its summary", () => {
  expect(Object.keys(SHOWN)).toEqual(HELPS.map(({ name }) => name));
  const page = readFileSync("docs/cli.md", "utf8");
  for (const { name, summary } of COMMANDS)
    expect(page).toContain(`| [\`${name}\`](#${name}) | ${summary} |`);
});

it("--help fits a screen", async () => {
  expectOneScreen(await shown("--help"));
});

describe.each(HELPS)("--help of $name", ({ name, words, help }) => {
  it("is shown, and stands in docs/cli.md", async () => {
    expect(await shown(...words, "--help")).toBe(SHOWN[name]);
  });

  it("has an example, and fits a screen", async () => {
    expect(help).toMatch(/^Example: (npx )?delayed-mailer /m);
    expectOneScreen(await shown(...words, "--help"));
  });
});

it("every option of worker and of newsletter is in the help of it", () => {
  const ofNone = (name: string, flags: object) => {
    const text = HELPS.filter(({ words }) => words[0] === name)
      .map(({ help }) => help)
      .join("\n");
    return Object.keys(flags).filter((flag) => !new RegExp(`--${flag}(?![\\w-])`).test(text));
  };
  expect(ofNone("worker", WORKER_FLAGS)).toEqual([]);
  expect(ofNone("newsletter", NEWSLETTER_FLAGS)).toEqual([]);
});

it("the samples, sources and pages that the README names are in the package", () => {
  const { files } = JSON.parse(readFileSync("package.json", "utf8")) as { files: readonly string[] };
  for (const folder of ["src", "starter", "mailers", "templates", "workers"]) {
    expect(files).toContain(folder);
    expect(existsSync(folder)).toBe(true);
  }
  expect(files).toContain("docs/*.md");
});
